//! The script and the style sheet of the console and of the pages of mailed links. They are built from `console/` and compiled
//! in.

use crate::{problem::Problem, routes};
use actix_web::{
    HttpResponse,
    http::{Method, header},
    web,
};
use std::{fmt::Write as _, sync::LazyLock};
use usher_auth::opaque;

const SCRIPT: &str = include_str!("../../../../console/dist/console.js");
const STYLE: &str = include_str!("../../../../console/dist/console.css");

/// The files of the pages of 0.1.0, by their paths. While this release replaces it, one replica after the other, a page that one
/// replica has sent requests its files from another. The release after this one no longer needs them.
const OF_PREVIOUS_RELEASE: [(&str, &str, &str); 2] = [
    ("/assets/page.js", JAVASCRIPT, include_str!("previous_release/page.js")),
    ("/assets/page.css", CSS, include_str!("previous_release/page.css")),
];

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";

/// Hexadecimal digits of the hash in the names of the files.
const HASH_LENGTH: usize = 16;
/// Files of this name never change.
const KEEP: &str = "public, max-age=31536000, immutable";

/// A hash of both files, which is a part of their names.
pub static HASH: LazyLock<String> = LazyLock::new(|| {
    let digest = opaque::sha256([SCRIPT, STYLE].concat().as_bytes());
    let mut hash = String::new();
    for byte in &digest[..HASH_LENGTH / 2] {
        // Writing to a string does not fail.
        let _ = write!(hash, "{byte:02x}");
    }
    hash
});

/// The route of the files.
pub fn configure(config: &mut web::ServiceConfig) {
    for (path, media, content) in OF_PREVIOUS_RELEASE {
        let serve = move || async move { HttpResponse::Ok().content_type(media).body(content) };
        config.service(routes::resource(path, [(&Method::GET, web::route().to(serve))]));
    }
    config.service(routes::resource("/assets/{file}", [(&Method::GET, web::route().to(file))]));
}

/// A page of another replica, which runs another release, asks for another hash. It gets this file instead of an error, and
/// must not keep it.
async fn file(name: web::Path<String>) -> Result<HttpResponse, Problem> {
    let (hash, extension) = parts(&name).ok_or(Problem::NoSuchPath)?;
    let (media, content) = match extension {
        "js" => (JAVASCRIPT, SCRIPT),
        "css" => (CSS, STYLE),
        _ => return Err(Problem::NoSuchPath),
    };
    let cache = if hash == *HASH { KEEP } else { "no-store" };
    Ok(HttpResponse::Ok().content_type(media).insert_header((header::CACHE_CONTROL, cache)).body(content))
}

/// The hash and the extension in the name of a file.
fn parts(name: &str) -> Option<(&str, &str)> {
    let (hash, extension) = name.strip_prefix("console-")?.split_once('.')?;
    let is_hash = hash.len() == HASH_LENGTH && hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    is_hash.then_some((hash, extension))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_with_a_hash_are_names_of_files() {
        assert_eq!(parts("console-0123456789abcdef.js"), Some(("0123456789abcdef", "js")));
        for bad in ["console-0123456789abcde.js", "console-0123456789ABCDEF.js", "page.js", "console-.js", "console-"] {
            assert_eq!(parts(bad), None, "{bad}");
        }
        assert_eq!(parts(&format!("console-{}.css", *HASH)), Some((HASH.as_str(), "css")));
    }
}
