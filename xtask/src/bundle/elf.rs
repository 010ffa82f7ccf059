//! Whether a program needs a dynamic loader. Source: System V ABI, chapters 4 and 5 (ELF-64, little endian).

use std::path::Path;

use anyhow::{Context as _, Result, ensure};

const MAGIC: &[u8] = b"\x7fELF\x02\x01";
/// `p_type` of the path of the dynamic loader.
const PT_INTERP: u32 = 3;

/// # Errors
/// When the file is no 64-bit program, or asks for a loader, which an empty image does not have.
pub fn ensure_static(path: &Path) -> Result<()> {
    let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
    let types = segment_types(&bytes).with_context(|| format!("{} is no ELF program", path.display()))?;
    ensure!(!types.is_empty(), "{} has no segments", path.display());
    ensure!(!types.contains(&PT_INTERP), "{} is not static: it asks for a loader", path.display());
    Ok(())
}

/// The type of each program header.
fn segment_types(bytes: &[u8]) -> Option<Vec<u32>> {
    bytes.starts_with(MAGIC).then_some(())?;
    let table = usize::try_from(u64::from_le_bytes(field(bytes, 32)?)).ok()?;
    let (size, count) = (u16::from_le_bytes(field(bytes, 54)?), u16::from_le_bytes(field(bytes, 56)?));
    let at = |index: u16| table.checked_add(usize::from(size) * usize::from(index));
    (0..count).map(|index| field(bytes, at(index)?).map(u32::from_le_bytes)).collect()
}

fn field<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_with_a_loader_is_refused() {
        let own = std::env::current_exe().expect("a path");
        let error = ensure_static(&own).expect_err("tests are linked dynamically");
        assert!(error.to_string().contains("loader"), "{error}");
    }

    #[test]
    fn what_is_no_program_is_refused() {
        assert_eq!(segment_types(b""), None);
        assert_eq!(segment_types(b"\x7fELF\x02\x01"), None);
        let mut bytes = vec![0_u8; 64];
        bytes[..6].copy_from_slice(MAGIC);
        bytes[32..40].copy_from_slice(&u64::MAX.to_le_bytes());
        bytes[56] = 1;
        assert_eq!(segment_types(&bytes), None);
    }
}
