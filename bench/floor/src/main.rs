//! Answers every request with one constant user.

use actix_web::{App, HttpResponse, HttpServer, web};

const USER: &str = r#"{"id":"01901234-5678-7000-8000-000000000000","username":"u12345678","email":"u12345678@example.com","email_verified":true,"pending_email":null,"role":"user","status":"active","created_at":"2024-06-10T00:00:00Z","updated_at":"2024-06-10T00:00:00Z","last_login_at":null}"#;

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let port = std::env::args().nth(1).and_then(|port| port.parse().ok()).unwrap_or(8080);
    let answer = || async { HttpResponse::Ok().content_type("application/json").body(USER) };
    HttpServer::new(move || App::new().default_service(web::to(answer))).bind(("127.0.0.1", port))?.run().await
}
