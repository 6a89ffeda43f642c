//! Health, metrics, the description, CORS, TLS.

use serde_json::Value;

use crate::support::{ENDLESS, TestServer};

#[test]
fn health() {
    let server = TestServer::start();
    assert_eq!(server.get("/health/live").send().expect(200)["status"], "ok");
    assert_eq!(server.get("/health/ready").send().expect(200)["status"], "ok");
    std::thread::scope(|scope| {
        let running = scope.spawn(|| server.execute(ENDLESS).send());
        let id = server.wait_for_query("RECURSIVE", "running");
        server.server.as_ref().unwrap().app().drain();
        assert_eq!(server.get("/health/live").send().status, 200);
        assert_eq!(server.get("/health/ready").send().expect(503)["status"], "draining");
        let refused = server.execute("SELECT 1").send();
        assert_eq!(refused.error(503), "unavailable");
        assert!(refused.header("retry-after").parse::<u64>().is_ok());
        let app = server.server.as_ref().unwrap().app();
        app.queries.find(&id).unwrap().stop.request(linal_server::run::Reason::Shutdown);
        assert_eq!(running.join().unwrap().error(503), "cancelled");
    });
}

#[test]
fn metrics_count_requests() {
    let server = TestServer::start();
    server.results("SELECT 1 UNION ALL SELECT 2");
    server.execute("SELECT nosuch").send().expect(400);
    server.get("/nosuch").send();
    let answer = server.get("/metrics").send();
    assert!(answer.header("content-type").starts_with("text/plain; version=0.0.4"));
    let text = answer.text();
    for line in [
        "linal_requests_total{route=\"/execute\",method=\"POST\",status=\"200\"} 1",
        "linal_requests_total{route=\"/execute\",method=\"POST\",status=\"400\"} 1",
        "linal_requests_total{route=\"none\",method=\"GET\",status=\"404\"} 1",
        "linal_rows_returned_total 2",
        "linal_statements_running 0",
        "linal_request_duration_seconds_count 3",
    ] {
        assert!(text.lines().any(|known| known == line), "{line} is not in\n{text}");
    }
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (name, value) = line.rsplit_once(' ').unwrap();
        assert!(name.starts_with("linal_") && value.parse::<f64>().is_ok(), "{line}");
    }
}

#[test]
fn the_description_has_every_route() {
    let server = TestServer::start();
    let description = server.get("/openapi.json").send().expect(200);
    let paths = description["paths"].as_object().unwrap();
    let source = include_str!("../../src/routes/mod.rs");
    let routes: Vec<&str> = source
        .lines()
        .filter(|line| line.contains(".route(\""))
        .map(|line| line.split('"').nth(1).unwrap())
        .collect();
    assert_eq!(routes.len(), paths.len());
    for route in routes {
        assert!(paths.contains_key(route), "{route}");
    }
    assert!(paths["/execute"]["post"]["requestBody"]["content"]["text/plain"].is_object());
    references(&description, &description);
    let page = server.get("/docs").send();
    assert!(page.header("content-type").starts_with("text/html") && page.text().contains("/openapi.json"));
    assert!(!page.text().contains("http://") && !page.text().contains("https://"));
}

/// Checks that everything that is referred to is there.
fn references(part: &Value, all: &Value) {
    if let Some(target) = part["$ref"].as_str() {
        assert!(all.pointer(target.trim_start_matches('#')).is_some(), "{target}");
    }
    match part {
        Value::Object(parts) => parts.values().for_each(|part| references(part, all)),
        Value::Array(parts) => parts.iter().for_each(|part| references(part, all)),
        _ => {}
    }
}

#[test]
fn pages_of_other_origins_are_named() {
    let server = TestServer::with(|config| config.cors = vec!["https://app.example".to_owned()]);
    server.token("a", linal_server::access::Right::Read, &[]);
    let preflight = |origin: &str| {
        let call = server.call("OPTIONS", "/execute").header("Origin", origin);
        call.header("Access-Control-Request-Method", "POST").send()
    };
    let allowed = preflight("https://app.example");
    assert_eq!((allowed.status, allowed.header("access-control-allow-origin")), (200, "https://app.example"));
    assert_eq!(preflight("https://evil.example").header("access-control-allow-origin"), "");
}

#[test]
fn connections_are_encrypted() {
    use std::io::{Read, Write};
    use std::sync::Arc;

    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    std::fs::write(&cert, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let server =
        TestServer::with(|config| (config.tls_cert, config.tls_key) = (Some(cert.clone()), Some(key)));
    let mut roots = rustls::RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let client = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connection =
        rustls::ClientConnection::new(Arc::new(client), "localhost".try_into().unwrap()).unwrap();
    let mut stream = rustls::StreamOwned::new(connection, server.connect());
    stream.write_all(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(server.server.as_ref().unwrap().url().starts_with("https://"));
    let wrong =
        TestServer::try_with(|config| (config.tls_cert, config.tls_key) = (Some(cert.clone()), Some(cert)));
    assert!(wrong.err().expect("it does not start").is_usage);
}
