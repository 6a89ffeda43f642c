//! A server in this process, and a client.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use arrow::util::pretty::pretty_format_batches;
use arrow_flight::error::FlightError;
use arrow_flight::sql::client::FlightSqlServiceClient;
use arrow_flight::{FlightInfo, Ticket};
use futures::TryStreamExt;
use linal::{Engine, EngineOptions};
use linal_server::access::{MemoryTokens, NewToken, Right, Tokens, create};
use linal_server::{Config, Server};
use tokio::runtime::Runtime;
use tonic::transport::{Channel, Endpoint};

/// A statement that runs until it is stopped.
pub const ENDLESS: &str = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 1000000000) \
     SELECT COUNT(*) FROM r";

/// The digits as the table `d`.
pub const DIGITS: &str =
    "WITH d AS (SELECT * FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS x(n)) ";

/// How long a test waits for something that must happen.
pub const PATIENCE: Duration = Duration::from_secs(30);

pub type Client = FlightSqlServiceClient<Channel>;

/// A server, its tokens, and the runtime of clients.
pub struct TestServer {
    pub server: Option<Server>,
    pub tokens: Arc<MemoryTokens>,
    pub runtime: Runtime,
    url: String,
}

impl TestServer {
    pub fn start() -> TestServer {
        TestServer::with(|_| {})
    }

    pub fn with(change: impl FnOnce(&mut Config)) -> TestServer {
        let mut config = Config { bind: "127.0.0.1:0".to_owned(), concurrency: 4, ..Config::default() };
        change(&mut config);
        let tokens = Arc::<MemoryTokens>::default();
        let engine = Engine::new(EngineOptions::default());
        let mut server = Server::start(config, engine, tokens.clone()).expect("a server");
        let address = server.add("127.0.0.1:0", linal_flight::ALPN, linal_flight::serve).expect("an address");
        let runtime = Runtime::new().expect("a runtime");
        TestServer { server: Some(server), tokens, runtime, url: format!("http://{address}") }
    }

    pub fn client(&self) -> Client {
        let endpoint = Endpoint::from_shared(self.url.clone()).expect("a URL");
        let channel = self.runtime.block_on(endpoint.connect()).expect("a connection");
        FlightSqlServiceClient::new(channel)
    }

    pub fn client_with(&self, token: &str) -> Client {
        let mut client = self.client();
        client.set_token(token.to_owned());
        client
    }

    pub fn token(&self, name: &str, right: Right, databases: &[&str]) -> String {
        let databases = databases.iter().map(|name| (*name).to_owned()).collect();
        let new = NewToken { name: name.to_owned(), right, databases, expires: None, rate: None };
        create(self.tokens.as_ref() as &dyn Tokens, new, 0).expect("a token")
    }

    /// The result of statements, as a table without borders.
    pub fn run(&self, client: &mut Client, text: &str) -> String {
        shown(&self.try_run(client, text).unwrap_or_else(|error| panic!("{text}: {error}")))
    }

    pub fn try_run(&self, client: &mut Client, text: &str) -> Result<Vec<RecordBatch>, String> {
        self.runtime.block_on(async {
            let info = client.execute(text.to_owned(), None).await.map_err(|error| error.to_string())?;
            fetch(client, &info).await.map_err(|error| error.to_string())
        })
    }

    /// Waits until the list of queries has one in a state whose text contains `part`; returns its id.
    pub fn wait_for_query(&self, part: &str, state: &str) -> String {
        let app = self.server.as_ref().expect("a server").app();
        let start = Instant::now();
        loop {
            let mut bodies = app.queries.all().into_iter().map(|query| query.body());
            if let Some(body) = bodies.find(|body| body.state == state && body.statement.starts_with(part)) {
                return body.id;
            }
            assert!(start.elapsed() < PATIENCE, "no query of {part} became {state}");
            std::thread::sleep(Duration::from_millis(5));
        }
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

/// The batches of all endpoints.
pub async fn fetch(client: &mut Client, info: &FlightInfo) -> Result<Vec<RecordBatch>, FlightError> {
    let mut batches = Vec::new();
    for endpoint in &info.endpoint {
        let ticket: Ticket = endpoint.ticket.clone().expect("a ticket");
        let stream = client.do_get(ticket).await?;
        batches.extend(stream.try_collect::<Vec<_>>().await?);
    }
    Ok(batches)
}

/// The cells of batches, a line for each row.
pub fn shown(batches: &[RecordBatch]) -> String {
    let table = pretty_format_batches(batches).expect("a table").to_string();
    let lines = table.lines().filter(|line| line.starts_with('|')).skip(1);
    let cells = |line: &str| line.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>().join(" ");
    lines.map(|line| cells(line).trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}
