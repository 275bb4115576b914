//! Clients, with or without a token.

use crate::{FORMS, PASSWORD, document};
use reqwest::{Method, RequestBuilder, header};
use serde_json::{Value, json};
use std::{fmt::Write, ops::Deref, time::Duration};

/// A client, with or without a token.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
}

/// A user who has signed in.
#[derive(Clone)]
pub struct Person {
    /// The user's id.
    pub id: String,
    /// The body of the token response.
    pub token: Value,
    client: Client,
}

impl Deref for Person {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Person {
    /// The path of the user.
    pub fn path(&self) -> String {
        format!("/v1/users/{}", self.id)
    }
}

impl Client {
    /// An anonymous client.
    pub fn new(base: &str) -> Self {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { http, base: base.to_owned(), token: None }
    }

    /// The same client with this bearer token.
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// The access token, if there is one.
    pub fn access_token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// A request to a path of the service, with the token if there is one.
    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        Answer::to(self.request("GET", path)).await
    }

    /// A GET of a representation with forms.
    pub async fn get_with_forms(&self, path: &str) -> Answer {
        Answer::to(self.request("GET", path).header(header::ACCEPT, FORMS)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        Answer::to(self.request("DELETE", path)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        Answer::to(self.request("POST", path).json(body)).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        Answer::to(self.request("PUT", path).json(body)).await
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        Answer::to(self.request("PATCH", path).json(body)).await
    }

    /// A POST without a body.
    pub async fn act(&self, path: &str) -> Answer {
        Answer::to(self.request("POST", path)).await
    }

    /// A POST of a form.
    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        Answer::to(with_form(self.request("POST", path), fields)).await
    }

    /// Looks at a token, as a service with this credential.
    pub async fn introspect(&self, id: &str, secret: &str, token: &str) -> Answer {
        let request = self.request("POST", "/v1/oauth/introspect").basic_auth(id, Some(secret));
        Answer::to(with_form(request, &[("token", token)])).await
    }

    /// Registers a user of that name with the usual password.
    pub async fn register(&self, username: &str) -> Answer {
        let email = format!("{username}@example.com");
        self.post("/v1/register", &json!({ "username": username, "email": email, "password": PASSWORD })).await
    }

    /// Requests a token with a password.
    pub async fn password_grant(&self, username: &str, password: &str) -> Answer {
        let fields = [("grant_type", "password"), ("username", username), ("password", password)];
        self.form("/v1/oauth/token", &fields).await
    }

    /// Signs in, which must succeed.
    pub async fn sign_in(&self, username: &str, password: &str) -> Person {
        let answer = self.password_grant(username, password).await;
        self.signed_in_by(answer).await
    }

    /// The user whose session the answer of the token endpoint has begun.
    pub async fn signed_in_by(&self, answer: Answer) -> Person {
        let token = answer.expect_status(200).json;
        let client = self.with_token(token["access_token"].as_str().unwrap());
        let me = client.get("/v1/me").await.expect_status(200);
        Person { id: me.json["id"].as_str().unwrap().to_owned(), token, client }
    }
}

fn with_form(request: RequestBuilder, fields: &[(&str, &str)]) -> RequestBuilder {
    let body = fields.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
    let body = body.collect::<Vec<_>>().join("&");
    request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(body)
}

/// Percent-encodes all but what needs none (RFC 3986 §2.3).
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").unwrap();
        }
        out
    })
}

/// How often a request is sent again to a service that is too busy.
const MAX_REPEATS: u32 = 100;

/// Sends the request again while the service is too busy (503), a limited number of times, and returns the first other
/// response. For tests of many requests at once, which a busy machine may not serve in time.
pub async fn until_served(send: impl AsyncFn() -> Answer) -> Answer {
    for _ in 0..MAX_REPEATS {
        let answer = send().await;
        if answer.status != 503 {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the service answered 503 {MAX_REPEATS} times");
}

/// The response.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: header::HeaderMap,
    pub text: String,
    /// The body, or null if it is not JSON.
    pub json: Value,
}

impl Answer {
    /// Sends a request. The response must be one that the OpenAPI document describes.
    pub async fn to(request: RequestBuilder) -> Self {
        let (client, request) = request.build_split();
        let request = request.unwrap();
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        let response = client.execute(request).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        let answer = Self { status, headers, text, json };
        document::check(&method, &path, status, answer.header("content-type"), &answer.text);
        answer
    }

    /// The header's value, or an empty text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The problem's `code`, or an OAuth error's `error`.
    pub fn code(&self) -> &str {
        self.json["code"].as_str().or_else(|| self.json["error"].as_str()).unwrap_or_default()
    }

    /// The relations of the links, sorted.
    pub fn links(&self) -> Vec<String> {
        let mut links: Vec<String> =
            self.json["_links"].as_object().map(|links| links.keys().cloned().collect()).unwrap_or_default();
        links.sort();
        links
    }

    /// The `href` of a link.
    pub fn href(&self, relation: &str) -> Option<String> {
        Some(self.json["_links"][relation]["href"].as_str()?.to_owned())
    }

    /// The faults of the input, as `pointer code`, sorted.
    pub fn faults(&self) -> Vec<String> {
        let errors = self.json["errors"].as_array().cloned().unwrap_or_default();
        let text = |error: &Value, name: &str| error[name].as_str().unwrap_or_default().to_owned();
        let mut faults: Vec<String> =
            errors.iter().map(|error| format!("{} {}", text(error, "pointer"), text(error, "code"))).collect();
        faults.sort();
        faults
    }

    /// Itself, if it has that status.
    #[track_caller]
    pub fn expect_status(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// Itself, if it is a problem (or an OAuth error) of that status and code.
    #[track_caller]
    pub fn expect_problem(self, status: u16, code: &str) -> Self {
        assert_eq!((self.status, self.code()), (status, code), "{}", self.text);
        self
    }
}
