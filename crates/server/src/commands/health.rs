//! `usher health`

use crate::{failure::Failure, settings::ListenSettings};
use actix_web::http::StatusCode;
use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    time::timeout,
};

/// Maximum time for an answer. The service gives the database a second of it.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Checks whether the service on this machine is ready.
pub async fn run(settings: &ListenSettings) -> Result<(), Failure> {
    let addresses = settings.listen.addresses();
    if addresses.iter().any(|address| address.port() == 0) {
        return Err(Failure::new("USHER_LISTEN: port 0 means any free port; give the port of the service"));
    }
    let mut failure = Failure::new("USHER_LISTEN: no address");
    for address in addresses.into_iter().flat_map(local) {
        let url = format!("http://{address}/health/ready");
        match timeout(TIMEOUT, ask(address)).await {
            Ok(Ok(StatusCode::OK)) => {
                println!("ready");
                return Ok(());
            }
            Ok(Ok(status)) => return Err(Failure::new(format!("not ready: {url} answered {status}"))),
            Ok(Err(error)) => failure = Failure::new(format!("not ready: {url}: {error}")),
            Err(_) => failure = Failure::new(format!("not ready: {url} did not answer within {} s", TIMEOUT.as_secs())),
        }
    }
    Err(failure)
}

/// The addresses at which this machine reaches a service that listens on `address`.
fn local(address: SocketAddr) -> Vec<SocketAddr> {
    let at = |ip: IpAddr| SocketAddr::new(ip, address.port());
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => vec![at(Ipv4Addr::LOCALHOST.into())],
        IpAddr::V6(ip) if ip.is_unspecified() => vec![at(Ipv6Addr::LOCALHOST.into()), at(Ipv4Addr::LOCALHOST.into())],
        _ => vec![address],
    }
}

/// The status that the service answers with.
async fn ask(address: SocketAddr) -> io::Result<StatusCode> {
    let mut stream = BufReader::new(TcpStream::connect(address).await?);
    let request = format!("GET /health/ready HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
    status.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "the response is not HTTP"))
}
