//! The end of a server.

use std::time::{Duration, Instant};

use crate::support::{ENDLESS, PATIENCE, TestServer};

#[test]
fn running_statements_get_their_time() {
    let mut server = TestServer::with(|config| config.drain = Duration::from_secs(60));
    let owned = server.server.take().unwrap();
    let (app, address) = (owned.app().clone(), owned.address());
    let text = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 3000) SELECT COUNT(*) FROM r";
    std::thread::scope(|scope| {
        let running = scope.spawn(|| server.execute(text).send());
        crate::support::wait(|| (app.queries.active() > 0).then_some(()));
        owned.stop();
        assert_eq!(running.join().unwrap().expect(200)["results"][0]["rows"], serde_json::json!([[3000]]));
    });
    assert!(std::net::TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_err());
}

#[test]
fn what_does_not_end_is_cancelled() {
    let mut server = TestServer::with(|config| config.drain = Duration::from_millis(50));
    let owned = server.server.take().unwrap();
    let app = owned.app().clone();
    std::thread::scope(|scope| {
        let running = scope.spawn(|| server.execute(ENDLESS).send());
        crate::support::wait(|| {
            app.queries.all().iter().any(|query| query.body().state == "running").then_some(())
        });
        let start = Instant::now();
        owned.stop();
        assert!(start.elapsed() < PATIENCE);
        assert_eq!(running.join().unwrap().error(503), "cancelled");
    });
}
