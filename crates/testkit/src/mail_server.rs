//! A mail server outside of the service: it speaks enough SMTP (RFC 5321) to accept mail, and fails as a test
//! wants it to.

use crate::Mail;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use std::{
    io,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
    time::timeout,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, pki_types::PrivateKeyDer},
};

/// Maximum time that a test waits for a command or a mail.
const WAIT_TIMEOUT: Duration = Duration::from_secs(30);

/// How a conversation is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    None,
    /// From a command of the client's on (RFC 3207).
    StartTls,
    /// From the first byte on (RFC 8314 §3).
    Implicit,
}

/// What the server does after a command that begins like this.
#[derive(Debug, Clone)]
enum Reaction {
    Reply(String),
    Silence,
    HangUp,
}

/// A mail that the server has taken.
#[derive(Debug, Clone)]
pub struct Delivery {
    pub mail: Mail,
    /// Whether it came encrypted.
    pub encrypted: bool,
    /// The credentials that the client sent (RFC 4616), in base64.
    pub credentials: Option<String>,
    pub sender: String,
    pub recipient: String,
}

#[derive(Default)]
struct State {
    reactions: watch::Sender<Vec<(String, Reaction)>>,
    heard: watch::Sender<Vec<String>>,
    deliveries: watch::Sender<Vec<Delivery>>,
}

/// A mail server on this machine.
pub struct MailServer {
    /// Its own port.
    pub port: u16,
    /// The certificate that it shows, in PEM.
    pub certificate: String,
    encryption: Encryption,
    tls: TlsAcceptor,
    state: Arc<State>,
    listening: Mutex<Option<JoinHandle<()>>>,
}

impl MailServer {
    /// One that accepts everything.
    pub async fn start(encryption: Encryption) -> Self {
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
        let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![cert.der().clone()], key);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            certificate: cert.pem(),
            encryption,
            tls: TlsAcceptor::from(Arc::new(config.unwrap())),
            state: Arc::default(),
            listening: Mutex::default(),
        };
        server.listen(listener);
        server
    }

    fn listen(&self, listener: TcpListener) {
        let (tls, state, encryption) = (self.tls.clone(), Arc::clone(&self.state), self.encryption);
        let listening = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (tls, state) = (tls.clone(), Arc::clone(&state));
                // The client may hang up.
                tokio::spawn(async move { drop(converse(stream, encryption, tls, state).await) });
            }
        });
        *self.listening.lock().unwrap() = Some(listening);
    }

    /// Refuses connections from now on.
    pub async fn go_away(&self) {
        let listening = self.listening.lock().unwrap().take().expect("a server that listens");
        listening.abort();
        // Only when the task has ended is its socket closed.
        drop(listening.await);
    }

    /// Listens again, where it did before.
    pub async fn come_back(&self) {
        self.listen(TcpListener::bind(("127.0.0.1", self.port)).await.unwrap());
    }

    /// Answers commands that begin like this with this reply. `CONNECT` means a new connection, `END` the end of a mail.
    pub fn reply(&self, command: &str, reply: &str) {
        self.react(command, Reaction::Reply(reply.to_owned()));
    }

    /// Does not answer commands that begin like this, until the next call.
    pub fn fall_silent(&self, command: &str) {
        self.react(command, Reaction::Silence);
    }

    /// Closes the connection at commands that begin like this.
    pub fn hang_up(&self, command: &str) {
        self.react(command, Reaction::HangUp);
    }

    /// Accepts everything again.
    pub fn relent(&self) {
        self.state.reactions.send_replace(Vec::new());
    }

    fn react(&self, command: &str, reaction: Reaction) {
        self.state.reactions.send_modify(|reactions| reactions.push((command.to_owned(), reaction)));
    }

    /// Every command so far, in the order in which they came.
    pub fn heard(&self) -> Vec<String> {
        self.state.heard.borrow().clone()
    }

    /// Waits until this many commands that begin like this were received.
    pub async fn until_heard(&self, command: &str, times: usize) {
        let enough = |heard: &Vec<String>| heard.iter().filter(|known| known.starts_with(command)).count() >= times;
        let mut heard = self.state.heard.subscribe();
        let waited = timeout(WAIT_TIMEOUT, heard.wait_for(enough)).await;
        assert!(waited.is_ok(), "{command} was not received {times} times: {:?}", self.heard());
    }

    /// All mails to this address, as soon as there are `count`.
    pub async fn mails_to(&self, address: &str, count: usize) -> Vec<Delivery> {
        let theirs = |all: &Vec<Delivery>| all.iter().filter(|it| it.recipient == address).cloned().collect::<Vec<_>>();
        let mut deliveries = self.state.deliveries.subscribe();
        let enough = timeout(WAIT_TIMEOUT, deliveries.wait_for(|all| theirs(all).len() >= count)).await;
        // Not borrowed twice: a delivery that waits to be written in between would cause a deadlock.
        let Ok(Ok(all)) = enough else { panic!("not {count} mails to {address}; received {:?}", self.heard()) };
        theirs(&all)
    }
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

struct Conversation {
    stream: BufReader<Box<dyn Stream>>,
    encrypted: bool,
    state: Arc<State>,
    credentials: Option<String>,
    sender: String,
    recipient: String,
}

async fn converse(stream: TcpStream, encryption: Encryption, tls: TlsAcceptor, state: Arc<State>) -> io::Result<()> {
    let encrypted = encryption == Encryption::Implicit;
    let stream: Box<dyn Stream> = if encrypted { Box::new(tls.accept(stream).await?) } else { Box::new(stream) };
    let mut conversation = Conversation {
        stream: BufReader::new(stream),
        encrypted,
        state,
        credentials: None,
        sender: String::new(),
        recipient: String::new(),
    };
    conversation.answer("CONNECT", "220 far.example ESMTP").await?;
    loop {
        let line = conversation.line().await?;
        let word = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let usual = match word.as_str() {
            "EHLO" if encryption == Encryption::StartTls && !conversation.encrypted => {
                "250-far.example\r\n250 STARTTLS".to_owned()
            }
            "EHLO" => "250-far.example\r\n250 AUTH PLAIN".to_owned(),
            "AUTH" => {
                conversation.credentials = line.strip_prefix("AUTH PLAIN ").map(str::to_owned);
                "235 2.7.0 let in".to_owned()
            }
            "MAIL" => {
                conversation.sender = bracketed(&line);
                "250 2.1.0 ok".to_owned()
            }
            "RCPT" => {
                conversation.recipient = bracketed(&line);
                "250 2.1.5 ok".to_owned()
            }
            "STARTTLS" => "220 2.0.0 go on".to_owned(),
            "DATA" => "354 go on".to_owned(),
            "QUIT" => "221 2.0.0 bye".to_owned(),
            _ => "502 5.5.1 what?".to_owned(),
        };
        let taken = conversation.answer(&line, &usual).await?;
        match word.as_str() {
            "STARTTLS" if taken => {
                conversation.stream = BufReader::new(Box::new(tls.accept(conversation.stream.into_inner()).await?));
                conversation.encrypted = true;
            }
            "DATA" if taken => conversation.take().await?,
            "QUIT" => return Ok(()),
            _ => {}
        }
    }
}

impl Conversation {
    async fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line.trim_end_matches(['\r', '\n']).to_owned())
    }

    /// Answers as usual, if no test wants another answer; returns whether it did.
    async fn answer(&mut self, command: &str, usual: &str) -> io::Result<bool> {
        self.state.heard.send_modify(|heard| heard.push(command.to_owned()));
        let mut reactions = self.state.reactions.subscribe();
        let find = |reactions: &Vec<(String, Reaction)>| {
            reactions.iter().rev().find(|(start, _)| command.starts_with(start)).map(|(_, reaction)| reaction.clone())
        };
        let reaction = reactions.wait_for(|all| !matches!(find(all), Some(Reaction::Silence))).await;
        let reaction = find(&*reaction.map_err(io::Error::other)?);
        let (reply, as_usual) = match &reaction {
            None => (usual, true),
            Some(Reaction::Reply(reply)) => (reply.as_str(), false),
            Some(Reaction::Silence | Reaction::HangUp) => return Err(io::ErrorKind::ConnectionAborted.into()),
        };
        self.stream.write_all(format!("{reply}\r\n").as_bytes()).await?;
        self.stream.flush().await?;
        Ok(as_usual)
    }

    /// Takes a mail, to its end (RFC 5321 §4.5.2).
    async fn take(&mut self) -> io::Result<()> {
        let mut source = String::new();
        loop {
            let line = self.line().await?;
            if line == "." {
                break;
            }
            source += line.strip_prefix('.').unwrap_or(&line);
            source += "\r\n";
        }
        let delivery = Delivery {
            mail: Mail::parse(&source),
            encrypted: self.encrypted,
            credentials: self.credentials.clone(),
            sender: self.sender.clone(),
            recipient: self.recipient.clone(),
        };
        // The mail is accepted now, whether or not the client gets the reply.
        self.state.deliveries.send_modify(|deliveries| deliveries.push(delivery));
        self.answer("END", "250 2.0.0 taken").await?;
        Ok(())
    }
}

/// The address of `MAIL FROM:<…>` and `RCPT TO:<…>`.
fn bracketed(line: &str) -> String {
    line.split(['<', '>']).nth(1).unwrap_or_default().to_owned()
}
