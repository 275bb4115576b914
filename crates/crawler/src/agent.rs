//! Requests and answers.

use crate::{Filling, Resource, Template};
use reqwest::{
    Method,
    header::{ACCEPT, CONTENT_TYPE, HeaderMap},
};
use serde_json::{Map, Value};

/// HAL with forms, and the form in which forms of the older kind are sent.
const HAL_FORMS: &str = "application/prs.hal-forms+json";
const URL_ENCODED: &str = "application/x-www-form-urlencoded";

/// A client of a service, with or without a token.
#[derive(Clone)]
pub struct Agent {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
}

impl Agent {
    /// Speaks to the service at `base` (scheme and authority), with a bearer token if there is one.
    pub fn new(base: &str, token: Option<&str>) -> Self {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { http, base: base.to_owned(), token: token.map(str::to_owned) }
    }

    /// The same client of the service at another base.
    #[must_use]
    pub fn at(&self, base: &str) -> Self {
        Self { base: base.to_owned(), ..self.clone() }
    }

    /// Follows a link that is safe to follow.
    pub async fn get(&self, href: &str) -> Answer {
        self.send("GET", href, None).await
    }

    /// Submits a form.
    pub async fn submit(&self, template: &Template, filling: &Filling) -> Answer {
        let body = match template.content_type.as_str() {
            "application/json" => Value::Object(filling.iter().cloned().collect::<Map<_, _>>()).to_string(),
            URL_ENCODED => {
                let pairs = filling.iter().map(|(name, value)| (name, value.as_str().expect("a form has texts only")));
                form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
            }
            other => panic!("a form of type {other}"),
        };
        self.send(&template.method, &template.target, Some((&template.content_type, body))).await
    }

    /// Sends any request.
    pub async fn send(&self, method: &str, href: &str, body: Option<(&str, String)>) -> Answer {
        assert!(href.starts_with('/'), "{href} is not an absolute path");
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.http.request(method, format!("{}{href}", self.base)).header(ACCEPT, HAL_FORMS);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some((media, body)) = body {
            request = request.header(CONTENT_TYPE, media).body(body);
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        Answer { status, headers, json: serde_json::from_str(&text).unwrap_or_default() }
    }
}

/// The response.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    /// The body, or null if it is not JSON.
    pub json: Value,
}

impl Answer {
    /// The header's value, or an empty text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Whether it is a success or a redirect.
    pub fn succeeded(&self) -> bool {
        (200..400).contains(&self.status)
    }

    /// The body as a resource, if it is one.
    pub fn resource(&self) -> Option<Resource> {
        (self.header("content-type") == HAL_FORMS).then(|| Resource::new(self.json.clone()))
    }
}
