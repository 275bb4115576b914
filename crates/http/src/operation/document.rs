//! The documentation of an operation, written as the doc comment of the type next to its handler.

/// Has documentation, line by line.
pub trait Documented {
    const DOCUMENTATION: &'static [&'static str];
}

/// Declares the type that stands for an operation, with its documentation: a summary, an empty line, the description.
macro_rules! operation {
    ($(#[doc = $line:literal])+ $name:ident) => {
        $(#[doc = $line])+
        pub struct $name;

        impl $crate::operation::Documented for $name {
            const DOCUMENTATION: &'static [&'static str] = &[$( $line ),+];
        }
    };
}
pub(crate) use operation;

/// The lines as text: paragraphs without the line breaks of the source, empty lines between them.
pub fn unwrapped(lines: &[&str]) -> String {
    let paragraphs = lines.split(|line| line.trim().is_empty()).filter(|lines| !lines.is_empty());
    paragraphs
        .map(|lines| lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" "))
        .collect::<Vec<_>>()
        .join("\n\n")
}
