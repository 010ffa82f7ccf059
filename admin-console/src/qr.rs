//! QR codes as inline SVG: one path, black on white in every theme, so that any camera reads it. The content must never reach a
//! log or an error.

use qrcode::{Color, EcLevel, QrCode};

/// Light modules around the code (ISO/IEC 18004 §6.3.8).
const QUIET_ZONE_MODULES: usize = 4;

/// The code for `content` with `label` as its text alternative (plain text, escaped here); none when it is too long for any QR.
pub fn svg(content: &str, label: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(content, EcLevel::M).ok()?;
    let width = code.width();
    let mut path = String::new();
    for (index, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            let (x, y) = (index % width + QUIET_ZONE_MODULES, index / width + QUIET_ZONE_MODULES);
            path.push_str(&format!("M{x} {y}h1v1h-1z"));
        }
    }
    let side = width + 2 * QUIET_ZONE_MODULES;
    let label = askama::filters::escape(label, askama::filters::Html).ok()?;
    Some(format!(
        "<svg class=\"qr\" role=\"img\" aria-label=\"{label}\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
         <rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/><path d=\"{path}\" fill=\"#000\"/></svg>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_cannot_leave_its_attribute() {
        let svg = svg("isoloir://host", "\"><script>").expect("fits");
        assert!(!svg.contains("<script>"), "{svg}");
    }

    #[test]
    fn what_fits_no_code_is_none() {
        assert_eq!(svg(&"x".repeat(10_000), "label"), None);
    }
}
