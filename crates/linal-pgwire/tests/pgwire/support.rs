//! A server in this process, and a client of the simple protocol.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use linal::{Engine, EngineOptions};
use linal_server::access::{MemoryTokens, NewToken, Right, Tokens, create};
use linal_server::{Config, Server};

/// A statement that runs until it is stopped.
pub const ENDLESS: &str = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 1000000000) \
     SELECT COUNT(*) FROM r";

/// A server and its tokens.
pub struct TestServer {
    pub server: Option<Server>,
    pub tokens: Arc<MemoryTokens>,
    pub address: SocketAddr,
}

impl TestServer {
    pub fn start() -> TestServer {
        let config = Config { bind: "127.0.0.1:0".to_owned(), concurrency: 4, ..Config::default() };
        let tokens = Arc::<MemoryTokens>::default();
        let mut server =
            Server::start(config, Engine::new(EngineOptions::default()), tokens.clone()).expect("a server");
        let address = server.add("127.0.0.1:0", linal_pgwire::ALPN, linal_pgwire::serve).expect("an address");
        TestServer { server: Some(server), tokens, address }
    }

    pub fn token(&self, name: &str, right: Right, databases: &[&str]) -> String {
        let databases = databases.iter().map(|name| (*name).to_owned()).collect();
        let new = NewToken { name: name.to_owned(), right, databases, expires: None, rate: None };
        create(self.tokens.as_ref() as &dyn Tokens, new, 0).expect("a token")
    }

    pub fn revoke(&self, name: &str) {
        self.tokens.revoke(name).expect("the token is there");
    }

    /// Cancels what runs, as soon as something does.
    pub fn stop_all(&self) {
        let queries = &self.server.as_ref().expect("a server").app().queries;
        while !queries.all().iter().any(|query| query.is_active() && query.body().state == "running") {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        queries.stop_all(linal_server::run::Reason::Cancelled);
    }

    pub fn client(&self) -> Client {
        Client::connect(self.address, "default", None).expect("a connection")
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            server.app().queries.stop_all(linal_server::run::Reason::Shutdown);
            server.stop();
        }
    }
}

/// A connection.
pub struct Client {
    pub stream: TcpStream,
    /// What cancels its statement.
    pub key: Vec<u8>,
    /// The status of its transaction: I, T or E.
    pub status: u8,
}

/// The answer to a text: rows as texts, tags, and the message of an error.
#[derive(Debug, Default)]
pub struct Answer {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<Option<String>>>,
    pub tags: Vec<String>,
    pub error: Option<(String, String)>,
}

impl Answer {
    /// The rows, a line each.
    pub fn text(&self) -> String {
        assert!(self.error.is_none(), "{:?}", self.error);
        let line = |row: &Vec<Option<String>>| {
            row.iter().map(|cell| cell.as_deref().unwrap_or("NULL")).collect::<Vec<_>>().join("|")
        };
        self.rows.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

impl Client {
    pub fn connect(address: SocketAddr, database: &str, password: Option<&str>) -> Result<Client, String> {
        let stream = TcpStream::connect(address).map_err(|error| error.to_string())?;
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
        let mut client = Client { stream, key: Vec::new(), status: b'I' };
        let mut body = 196_608_i32.to_be_bytes().to_vec();
        for text in ["user", "somebody", "database", database, ""] {
            body.extend(text.as_bytes());
            body.push(0);
        }
        client.send(None, &body);
        loop {
            let (kind, body) = client.receive()?;
            match kind {
                b'R' if body[3] == 3 => {
                    let mut text = password.unwrap_or_default().as_bytes().to_vec();
                    text.push(0);
                    client.send(Some(b'p'), &text);
                }
                b'K' => client.key = body,
                b'E' => return Err(fields(&body).1),
                b'Z' => return Ok(client),
                _ => {}
            }
        }
    }

    pub fn send(&mut self, kind: Option<u8>, body: &[u8]) {
        let mut message: Vec<u8> = kind.into_iter().collect();
        message.extend((body.len() as i32 + 4).to_be_bytes());
        message.extend(body);
        self.stream.write_all(&message).expect("a message is sent");
    }

    fn receive(&mut self) -> Result<(u8, Vec<u8>), String> {
        let mut head = [0; 5];
        self.stream.read_exact(&mut head).map_err(|error| error.to_string())?;
        let length = i32::from_be_bytes(head[1..].try_into().expect("four bytes"));
        let mut body = vec![0; length as usize - 4];
        self.stream.read_exact(&mut body).map_err(|error| error.to_string())?;
        Ok((head[0], body))
    }

    /// Sends a text of statements.
    pub fn begin(&mut self, text: &str) {
        let mut body = text.as_bytes().to_vec();
        body.push(0);
        self.send(Some(b'Q'), &body);
    }

    /// Receives the answer to a text.
    pub fn answer(&mut self) -> Answer {
        let mut answer = Answer::default();
        loop {
            let (kind, body) = self.receive().expect("an answer");
            match kind {
                b'T' => answer.columns = names(&body),
                b'D' => answer.rows.push(cells(&body)),
                b'C' => answer.tags.push(String::from_utf8_lossy(&body[..body.len() - 1]).into_owned()),
                b'E' => answer.error = Some(fields(&body)),
                b'Z' => {
                    self.status = body[0];
                    return answer;
                }
                _ => {}
            }
        }
    }

    pub fn run(&mut self, text: &str) -> Answer {
        self.begin(text);
        self.answer()
    }
}

fn names(body: &[u8]) -> Vec<String> {
    let mut rest = &body[2..];
    let mut names = Vec::new();
    while let Some(end) = rest.iter().position(|byte| *byte == 0) {
        names.push(String::from_utf8_lossy(&rest[..end]).into_owned());
        rest = &rest[end + 19..];
    }
    names
}

fn cells(body: &[u8]) -> Vec<Option<String>> {
    let mut rest = &body[2..];
    let mut cells = Vec::new();
    while !rest.is_empty() {
        let length = i32::from_be_bytes(rest[..4].try_into().expect("four bytes"));
        rest = &rest[4..];
        let end = usize::try_from(length).unwrap_or(0);
        cells.push((length >= 0).then(|| String::from_utf8_lossy(&rest[..end]).into_owned()));
        rest = &rest[end..];
    }
    cells
}

/// The state and the message of an error.
fn fields(body: &[u8]) -> (String, String) {
    let mut found = (String::new(), String::new());
    for field in body.split(|byte| *byte == 0).filter(|field| !field.is_empty()) {
        let text = String::from_utf8_lossy(&field[1..]).into_owned();
        match field[0] {
            b'C' => found.0 = text,
            b'M' => found.1 = text,
            _ => {}
        }
    }
    found
}
