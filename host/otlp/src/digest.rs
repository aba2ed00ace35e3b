//! One word for many: what points are compared by.

/// One word for many: what stands for the value of a point that is more than a number.
#[must_use]
pub fn digest(words: impl Iterator<Item = u64>) -> u64 {
    words.fold(0x2545_F491_4F6C_DD1D, |digest, word| {
        folded(digest ^ 0x9E37_79B9_7F4A_7C15, word ^ 0xC2B2_AE3D_27D4_EB4F)
    })
}

/// All bits of a product, folded into one half; half of the inputs is added, so that a zero does not hide the other.
#[inline]
#[must_use]
pub fn folded(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product as u64 ^ (product >> 64) as u64).wrapping_add(a.rotate_left(32) ^ b)
}
