//! Schedules: created, fired, paused and dropped, and who may see them.

use linal_server::access::Right;
use serde_json::{Value, json};

use crate::support::{TestServer, wait};

#[test]
fn schedules_are_created_fire_and_are_dropped() {
    let server = TestServer::start();
    let create = |body: Value| {
        server
            .call("POST", "/schedules")
            .header("Content-Type", "application/json")
            .body(body.to_string())
            .send()
    };
    let body = json!({"name": "tick", "statements": "SELECT 1", "every": "1s"});
    let created = create(body.clone());
    assert_eq!(created.header("location"), "/schedules/tick");
    let schedule = created.expect(201);
    let expected = json!({"name": "tick", "every": "1s", "cron": null, "zone": "UTC", "database": "default",
        "missed": "skip", "overlap": false, "paused": false, "retries": 0});
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(&schedule[key], value, "{key}");
    }
    assert_eq!(create(body).error(409), "name_exists");
    for wrong in [
        json!({"name": "x", "statements": "SELECT 1"}),
        json!({"name": "x", "statements": "SELECT 1", "every": "1s", "cron": "* * * * *"}),
        json!({"name": "x", "statements": "SELECT 1", "every": "1ms"}),
        json!({"name": "x", "statements": "SELECT 1", "cron": "* * *"}),
        json!({"name": "x", "statements": "SELECT 1", "cron": "0 3 * * *", "zone": "Mars/Phobos"}),
        json!({"name": "x", "statements": "SELEC 1", "every": "1s"}),
        json!({"name": "x", "statements": "SELECT 1", "every": "1s", "missed": "maybe"}),
        json!({"name": "a/b", "statements": "SELECT 1", "every": "1s"}),
    ] {
        assert_eq!(create(wrong.clone()).status, 400, "{wrong}");
    }
    let nightly =
        json!({"name": "night ly", "statements": "SELECT 1", "cron": "0 3 * * *", "zone": "Europe/Berlin"});
    assert_eq!(create(nightly).header("location"), "/schedules/night%20ly");
    assert_eq!(server.get("/schedules").send().expect(200).as_array().unwrap().len(), 2);
    let runs = wait(|| {
        let runs = server.get("/schedules/tick/runs").send().expect(200);
        let done = runs.as_array().unwrap().iter().filter(|run| run["state"] == "succeeded").count();
        (done >= 2).then_some(runs)
    });
    let (last, first) =
        (runs[0]["scheduled_at"].as_str().unwrap(), runs[1]["scheduled_at"].as_str().unwrap());
    assert!(last > first);
    let job = server.get(&format!("/jobs/{}", runs[1]["job"].as_str().unwrap())).send().expect(200);
    assert!(job["key"].as_str().unwrap().starts_with("schedule/tick/20"), "{job}");
    assert_eq!(server.call("POST", "/schedules/tick/pause").send().expect(200)["paused"], true);
    assert_eq!(server.get("/schedules/Tick").send().expect(200)["next_at"], Value::Null);
    assert_eq!(server.call("POST", "/schedules/tick/resume").send().expect(200)["paused"], false);
    assert_eq!(server.call("DELETE", "/schedules/tick").send().status, 204);
    for (method, path) in [
        ("GET", "/schedules/tick"),
        ("DELETE", "/schedules/tick"),
        ("POST", "/schedules/tick/pause"),
        ("GET", "/schedules/tick/runs"),
    ] {
        assert_eq!(server.call(method, path).send().error(404), "not_found", "{method} {path}");
    }
}

#[test]
fn schedules_belong_to_their_token() {
    let server = TestServer::start();
    let (writer, other) = (server.token("w", Right::Write, &[]), server.token("o", Right::Write, &[]));
    let reader = server.token("r", Right::Read, &[]);
    let admin = server.token("a", Right::Admin, &[]);
    let run = |token: &str, text: &str| server.execute(text).token(token).send();
    assert_eq!(run(&reader, "CREATE SCHEDULE s EVERY '1h' DO (SELECT 1)").error(403), "forbidden");
    run(&writer, "CREATE SCHEDULE s EVERY '1h' DO (SELECT 1)").expect(200);
    assert_eq!(run(&other, "ALTER SCHEDULE s PAUSE").error(400), "unknown_name");
    assert_eq!(
        run(&other, "CREATE OR REPLACE SCHEDULE s EVERY '1h' DO (SELECT 1)").error(400),
        "name_exists"
    );
    let of = |token: &str| server.get("/schedules/s").token(token).send().status;
    assert_eq!((of(&writer), of(&other), of(&admin)), (200, 404, 200));
    assert_eq!(server.call("DELETE", "/schedules/s").token(&other).send().error(404), "not_found");
    assert_eq!(server.call("DELETE", "/schedules/s").token(&reader).send().error(403), "forbidden");
    run(&admin, "DROP SCHEDULE s").expect(200);
}
