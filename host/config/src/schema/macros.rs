//! The declaration of a block.

/// Declares a block of the configuration: a struct with the settings as meant, its reader and its [`Schema`].
///
/// Behind each field stands its [kind](crate::schema::kinds) with the default; its doc comment is its documentation. The
/// name of the field is that of the key, unless `#[key = "type"]` in front of it says another one. `#[old = "name"]` is a
/// name that the key had before.
///
/// Behind the struct may follow, in this order:
///
/// - `parts`: blocks whose keys stand in this one, with other defaults for them where needed, and with `[unless "key"]` if
///   their defaults do not hold beside that key;
/// - `no_effect`: keys that are taken and change nothing, and why, each with a kind if its value is checked, or with the
///   default that the Collector has;
/// - `off`: switches that cannot be on, and `refused`: keys that cannot be there, each with what to do instead;
/// - `others`: what all other keys are, if somebody else reads them;
/// - `check`: a function with rules across keys.
///
/// ```
/// use std::time::Duration;
///
/// config::block! {
///     /// How a failed request is sent again.
///     pub struct Again {
///         /// Whether failed requests are sent again.
///         enabled: bool = boolean(true),
///         /// The first wait.
///         initial_interval: Duration = duration("5s"),
///     }
///     no_effect "connections are pooled by this host itself" { read_buffer_size, write_buffer_size: "512KiB" }
///     refused "remove it" { proxy_url }
/// }
///
/// assert_eq!(Again::default().initial_interval, Duration::from_secs(5));
/// ```
///
/// [`Schema`]: crate::schema::Schema
#[macro_export]
macro_rules! block {
    (@name $field:ident) => { stringify!($field) };
    (@name $field:ident $key:literal) => { $key };
    (@presets) => { &[] };
    (@presets $presets:expr) => { $presets };
    (@unless) => { None };
    (@unless $other:literal) => { Some($other) };
    (@quiet) => { $crate::schema::kinds::anything("") };
    (@quiet $default:literal) => { $crate::schema::kinds::anything($default) };
    (@quiet $kind:expr) => { $kind };
    (
        $(#[doc = $about:literal])*
        $vis:vis struct $name:ident {
            $(
                $(#[doc = $doc:literal])*
                $(#[key = $key:literal])?
                $(#[old = $old:literal])*
                $field:ident : $type:ty = $kind:expr
            ),* $(,)?
        }
        $( parts {
            $( $(#[doc = $partdoc:literal])* $part:ident : $parttype:ty $([unless $other:literal])? $(= $presets:expr)? ),* $(,)?
        } )?
        $( no_effect $why:literal { $( $quiet:ident $(: $quietkind:expr)? ),* $(,)? } )*
        $( off $offhelp:literal { $( $off:ident ),* $(,)? } )*
        $( refused $help:literal { $( $refused:ident ),* $(,)? } )*
        $( others $others:literal; )?
        $( check $check:path; )?
    ) => {
        $(#[doc = $about])*
        #[derive(Debug, Clone, PartialEq)]
        $vis struct $name {
            $( $(#[doc = $doc])* pub $field: $type, )*
            $($( $(#[doc = $partdoc])* pub $part: $parttype, )*)?
        }

        impl Default for $name {
            fn default() -> Self {
                <Self as $crate::schema::Declared>::preset(&[])
            }
        }

        impl $crate::schema::Declared for $name {
            fn schema() -> &'static $crate::schema::Schema {
                #[allow(unused_imports)]
                use $crate::schema::{Status, kinds::*};
                static SCHEMA: ::std::sync::LazyLock<$crate::schema::Schema> = ::std::sync::LazyLock::new(|| {
                    #[allow(unused_mut)]
                    let mut schema = $crate::schema::Schema::new(&[$($about),*]);
                    $(
                        schema.add(
                            $crate::block!(@name $field $($key)?),
                            &[$($old),*],
                            &[$($doc),*],
                            &$crate::schema::kinds::of::<$type, _>($kind),
                            Status::Read,
                        );
                    )*
                    $($(
                        schema.join(
                            <$parttype as $crate::schema::Declared>::schema(),
                            $crate::block!(@presets $($presets)?),
                            $crate::block!(@unless $($other)?),
                        );
                    )*)?
                    $($(
                        let kind = $crate::block!(@quiet $($quietkind)?);
                        schema.add(stringify!($quiet), &[], &[], &kind, Status::NoEffect($why));
                    )*)*
                    $($( schema.add(stringify!($off), &[], &[], &boolean(false), Status::Off($offhelp)); )*)*
                    $($( schema.add(stringify!($refused), &[], &[], &anything(""), Status::Refused($help)); )*)*
                    $( schema.others = Some($others); )?
                    schema
                });
                &SCHEMA
            }

            #[allow(unused_variables)]
            fn read_keys(
                reader: &mut $crate::schema::Reader<'_>,
                report: &mut $crate::report::Report,
            ) -> Self {
                #[allow(unused_imports)]
                use $crate::schema::kinds::*;
                let block = Self {
                    $(
                        $field: reader.key(
                            $crate::block!(@name $field $($key)?),
                            &[$($old),*],
                            &$crate::schema::kinds::of::<$type, _>($kind),
                            report,
                        ),
                    )*
                    $($( $part: reader.part::<$parttype>($crate::block!(@presets $($presets)?), report), )*)?
                };
                $($( reader.key(stringify!($quiet), &[], &$crate::block!(@quiet $($quietkind)?), report); )*)*
                block
            }

            #[allow(unused_variables)]
            fn check(&self, rules: &mut $crate::schema::Rules<'_>) {
                $($( $crate::schema::Declared::check(&self.$part, rules); )*)?
                $( $check(self, rules); )?
            }
        }
    };
}
