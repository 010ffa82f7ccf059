//! A QR code (ISO/IEC 18004) of digits as rows of half blocks, the dark modules in the foreground: draw it black on white. Pure.

use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};

/// The rows, quiet zone included; none when it does not fit into a code. Spaces between the digits do not count.
pub fn rows(digits: &str) -> Vec<String> {
    let digits: String = digits.chars().filter(char::is_ascii_digit).collect();
    let Ok(code) = QrCode::with_error_correction_level(digits.as_bytes(), EcLevel::L) else { return Vec::new() };
    let drawn = code.render::<Dense1x2>().quiet_zone(true).build();
    drawn.lines().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_safety_number_fits_beside_its_digits() {
        let rows = rows(&["12345"; 12].join(" "));
        assert!((1..=18).contains(&rows.len()), "{} rows", rows.len());
        let width = |row: &str| row.chars().count();
        assert!(rows.iter().all(|row| width(row) == width(&rows[0]) && width(row) <= 34));
        // The quiet zone is light, the finder pattern dark.
        assert!(rows[0].trim().is_empty() && rows[2].contains('█'), "{}", rows.join("\n"));
        assert_eq!(super::rows("").len(), super::rows("1").len());
    }
}
