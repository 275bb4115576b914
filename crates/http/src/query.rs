//! Query strings: like bodies, every fault at once, and nothing unknown.

use crate::problem::InputFault;
use std::borrow::Cow;

/// What an operation takes in its query string.
pub trait Query: Sized + 'static {
    fn read(parameters: &mut Parameters<'_>) -> Option<Self>;
}

impl Query for () {
    fn read(_: &mut Parameters<'_>) -> Option<Self> {
        Some(())
    }
}

/// Whatever it says: the OAuth endpoints pass over what they do not know, and take nothing from the URL (RFC 6749 §3.2).
#[derive(Debug)]
pub struct Ignored;

impl Query for Ignored {
    fn read(parameters: &mut Parameters<'_>) -> Option<Self> {
        parameters.left.clear();
        parameters.faults.clear();
        Some(Self)
    }
}

/// The parameters of a query string, taken one by one; faults gather on the way.
pub struct Parameters<'a> {
    left: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    faults: Vec<InputFault>,
}

impl<'a> Parameters<'a> {
    pub fn parse(query: &'a str) -> Self {
        let mut parameters = Self { left: Vec::new(), faults: Vec::new() };
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if parameters.left.iter().any(|(known, _)| *known == name) {
                parameters.fault(&name, "duplicate", "is there twice");
            } else {
                parameters.left.push((name, value));
            }
        }
        parameters
    }

    /// The parameter's value, if it was sent.
    pub fn take(&mut self, name: &str) -> Option<Cow<'a, str>> {
        let at = self.left.iter().position(|(known, _)| known == name)?;
        Some(self.left.swap_remove(at).1)
    }

    pub fn fault(&mut self, name: &str, code: &'static str, detail: impl Into<Cow<'static, str>>) {
        self.faults.push(InputFault::new(crate::problem::pointer(name), code, detail));
    }

    /// The parameter as `read` understands it; `None` where it was not sent or is at fault.
    pub fn read<T>(
        &mut self,
        name: &str,
        code: &'static str,
        detail: impl Into<Cow<'static, str>>,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let value = self.take(name)?;
        let value = read(&value);
        if value.is_none() {
            self.fault(name, code, detail);
        }
        value
    }

    /// All that is wrong, what nobody has asked for included.
    pub fn finish(mut self) -> Vec<InputFault> {
        for (name, _) in std::mem::take(&mut self.left) {
            self.fault(&name, "unknown", "is not a parameter of this request");
        }
        self.faults
    }
}
