//! A server in this process, and a client.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use linal::{Engine, EngineOptions};
use linal_server::access::{MemoryTokens, NewToken, Right, Tokens, create};
use linal_server::{Config, Server};
use serde_json::Value;

/// A statement that runs until it is stopped.
pub const ENDLESS: &str = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 1000000000) \
     SELECT COUNT(*) FROM r";

/// How long a test waits for something that must happen.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A server and its tokens.
pub struct TestServer {
    pub server: Option<Server>,
    pub tokens: Arc<MemoryTokens>,
    agent: ureq::Agent,
    url: String,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: ureq::http::HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("a text")
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
    }

    /// The body, which must be an answer with this status.
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        self.json()
    }

    /// The name of the error of an answer with this status.
    pub fn error(&self, status: u16) -> String {
        let body = self.expect(status);
        assert!(body["error"]["code"].as_str().is_some_and(|code| code.starts_with('E')), "{body}");
        assert!(body["error"]["message"].as_str().is_some_and(|text| !text.is_empty()), "{body}");
        body["error"]["name"].as_str().unwrap_or_default().to_owned()
    }
}

/// A request that is being built.
pub struct Call<'s> {
    server: &'s TestServer,
    method: &'static str,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl Call<'_> {
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn token(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// Sends it; a connection that breaks is `Err`.
    pub fn try_send(self) -> Result<Answer, String> {
        let mut request = ureq::http::Request::builder()
            .method(self.method)
            .uri(format!("{}{}", self.server.url, self.path));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let result = match self.body {
            Some(body) => self.server.agent.run(request.body(body).map_err(|error| error.to_string())?),
            None => self.server.agent.run(request.body(()).map_err(|error| error.to_string())?),
        };
        let mut response = result.map_err(|error| error.to_string())?;
        let body = response.body_mut().with_config().limit(u64::MAX).read_to_vec();
        Ok(Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: body.map_err(|error| error.to_string())?,
        })
    }

    pub fn send(self) -> Answer {
        let (method, path) = (self.method, self.path.clone());
        self.try_send().unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }
}

impl TestServer {
    pub fn start() -> TestServer {
        TestServer::with(|_| {})
    }

    pub fn with(change: impl FnOnce(&mut Config)) -> TestServer {
        TestServer::try_with(change).unwrap_or_else(|error| panic!("{error}"))
    }

    pub fn try_with(change: impl FnOnce(&mut Config)) -> Result<TestServer, linal_server::StartError> {
        TestServer::with_tokens(change, Arc::default())
    }

    pub fn with_tokens(
        change: impl FnOnce(&mut Config),
        tokens: Arc<MemoryTokens>,
    ) -> Result<TestServer, linal_server::StartError> {
        let mut config = Config { bind: "127.0.0.1:0".to_owned(), concurrency: 4, ..Config::default() };
        change(&mut config);
        let options = EngineOptions { memory_limit: config.memory_limit, ..EngineOptions::default() };
        let engine = match &config.data {
            Some(data) => Engine::open(data, options).expect("the directory opens"),
            None => Engine::new(options),
        };
        let server = Server::start(config, engine, tokens.clone())?;
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let url = format!("http://{}", server.address());
        Ok(TestServer { server: Some(server), tokens, agent, url })
    }

    pub fn call(&self, method: &'static str, path: &str) -> Call<'_> {
        Call { server: self, method, path: path.to_owned(), headers: Vec::new(), body: None }
    }

    pub fn get(&self, path: &str) -> Call<'_> {
        self.call("GET", path)
    }

    pub fn execute(&self, statements: &str) -> Call<'_> {
        self.call("POST", "/execute").body(statements)
    }

    /// The results of statements that must succeed.
    pub fn results(&self, statements: &str) -> Vec<Value> {
        let body = self.execute(statements).send().expect(200);
        body["results"].as_array().expect("a list").clone()
    }

    pub fn token(&self, name: &str, right: Right, databases: &[&str]) -> String {
        let databases = databases.iter().map(|name| (*name).to_owned()).collect();
        let new = NewToken { name: name.to_owned(), right, databases, expires: None, rate: None };
        create(self.tokens.as_ref() as &dyn Tokens, new, 0).expect("a token")
    }

    /// A connection for bytes that no client would send.
    pub fn connect(&self) -> TcpStream {
        let address = self.server.as_ref().expect("a server").address();
        let stream = TcpStream::connect(address).expect("a connection");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream
    }

    /// Sends bytes; returns everything up to the end of the connection.
    pub fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect();
        // The server may answer and close before it has read everything.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Waits until the list of queries has one in a state whose text contains `part`; returns its id.
    pub fn wait_for_query(&self, part: &str, state: &str) -> String {
        let app = self.server.as_ref().expect("a server").app();
        wait(|| {
            let bodies = app.queries.all().into_iter().map(|query| query.body());
            bodies
                .into_iter()
                .find(|body| body.state == state && body.statement.contains(part))
                .map(|body| body.id)
        })
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            let app = server.app().clone();
            app.queries.stop_all(linal_server::run::Reason::Shutdown);
            server.stop();
        }
    }
}

/// Polls until there is something.
pub fn wait<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < PATIENCE, "it did not happen");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A server over a temporary directory.
pub fn durable(folder: &Path) -> TestServer {
    TestServer::with(|config| config.data = Some(folder.to_path_buf()))
}
