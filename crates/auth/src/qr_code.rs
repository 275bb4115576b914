//! QR codes (ISO/IEC 18004) as SVG.

use qrcodegen::{QrCode, QrCodeEcc};
use std::fmt::Write as _;

/// Width of the light frame that scanners need, in modules (ISO/IEC 18004 §6.3.8).
const QUIET_ZONE: i32 = 4;

/// The text has more than 2,331 bytes, which no QR code of this error correction holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the text is too long for a QR code")]
pub struct TooLong;

/// An SVG document with the text as a black QR code on white: a view box in modules, a background and one path, no style, no
/// script and no reference, so that it can be a part of a page with a strict policy. It corrects up to 15 % of errors.
pub fn svg(text: &str) -> Result<String, TooLong> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).map_err(|_| TooLong)?;
    let width = code.size() + 2 * QUIET_ZONE;
    Ok(format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {width}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{width}v{width}H0z"/><path fill="#000" d="{}"/></svg>"##,
        outline(&code)
    ))
}

/// A path with one rectangle for each run of dark modules in a row.
fn outline(code: &QrCode) -> String {
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let run = (x..code.size()).take_while(|x| code.get_module(*x, y)).fold(0, |run, _| run + 1);
            if run > 0 {
                // Writing into a text does not fail.
                let _ = write!(path, "M{} {}h{run}v1h-{run}z", x + QUIET_ZONE, y + QUIET_ZONE);
            }
            x += run + 1;
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The modules that the path covers.
    fn modules(svg: &str) -> Vec<(i32, i32)> {
        let path = svg.split_once(r##"fill="#000" d=""##).unwrap().1.split_once('"').unwrap().0;
        let mut modules = Vec::new();
        for rectangle in path.split_terminator('z') {
            let (start, lines) = rectangle.strip_prefix('M').unwrap().split_once('h').unwrap();
            let (x, y) = start.split_once(' ').unwrap();
            let (run, back) = lines.split_once("v1h-").unwrap();
            assert_eq!(run, back);
            let (x, y, run): (i32, i32, i32) = (x.parse().unwrap(), y.parse().unwrap(), run.parse().unwrap());
            modules.extend((x..x + run).map(|x| (x, y)));
        }
        modules
    }

    #[test]
    fn the_path_covers_the_dark_modules_within_a_quiet_zone() {
        for text in ["", "otpauth://totp/a:b?secret=AAAA", &"x".repeat(2331)] {
            let code = QrCode::encode_text(text, QrCodeEcc::Medium).unwrap();
            let svg = svg(text).unwrap();
            let width = code.size() + 8;
            assert!(svg.contains(&format!(r#"viewBox="0 0 {width} {width}""#)), "{svg}");
            let dark: Vec<_> = (0..code.size())
                .flat_map(|y| (0..code.size()).map(move |x| (x, y)))
                .filter(|(x, y)| code.get_module(*x, *y))
                .map(|(x, y)| (x + 4, y + 4))
                .collect();
            assert_eq!(modules(&svg), dark);
        }
    }

    #[test]
    fn a_text_that_is_too_long_is_refused() {
        assert_eq!(svg(&"x".repeat(2332)), Err(TooLong));
    }

    #[test]
    fn the_text_does_not_show_in_the_document() {
        let svg = svg("</svg><script>").unwrap();
        assert_eq!(svg.matches('<').count(), 4, "{svg}");
    }
}
