use crate::refused::Refused;

#[test]
fn remembers_by_key() {
    let mut refused = Refused::default();
    assert_eq!(refused.get(0), None::<u8>);
    refused.insert(7 << 96, 1);
    refused.insert(8 << 96, 2);
    assert_eq!((refused.get(7 << 96), refused.get(8 << 96)), (Some(1), Some(2)));
    // The same slot, another key: the newer one stays.
    refused.insert(7 << 96 | 1, 3);
    assert_eq!((refused.get(7 << 96), refused.get(7 << 96 | 1)), (None, Some(3)));
}
