//! From the instance's documents to attributes.

use serde_json::Value as Json;

use crate::resource_detection::attributes::Attributes;
use crate::resource_detection::failure::Failure;

/// What the identity document of an instance says.
///
/// # Errors
/// If it describes no instance.
pub fn attributes(document: &str) -> Result<Attributes, Failure> {
    let document: Json = serde_json::from_str(document)
        .map_err(|error| Failure::passing(format!("the instance's identity document is no JSON: {error}")))?;
    let text = |key: &str| document.get(key).and_then(Json::as_str).unwrap_or_default();
    if text("instanceId").is_empty() {
        return Err(Failure::passing("the instance's identity document has no instanceId"));
    }
    let mut found = Attributes::default();
    found.set("cloud.provider", "aws");
    found.set("cloud.platform", "aws_ec2");
    for (key, field) in [
        ("cloud.region", "region"),
        ("cloud.account.id", "accountId"),
        ("cloud.availability_zone", "availabilityZone"),
        ("host.id", "instanceId"),
        ("host.image.id", "imageId"),
        ("host.type", "instanceType"),
    ] {
        found.set_if_known(key, text(field));
    }
    Ok(found)
}

/// The keys of an instance's tags, a line each. Where tags are in the metadata, their keys consist of these characters.
pub(super) fn tags(list: &str) -> impl Iterator<Item = &str> {
    let allowed = |character: char| character.is_ascii_alphanumeric() || "+-=.,_:@".contains(character);
    list.lines().map(str::trim).filter(move |key| {
        let is_path = [".", ".."].contains(key);
        !key.is_empty() && !is_path && key.chars().all(allowed)
    })
}
