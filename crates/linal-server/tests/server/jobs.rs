//! Jobs: submitted, listed, cancelled, their results, and who may see them.

use linal_server::access::Right;
use serde_json::{Value, json};

use crate::support::{Answer, ENDLESS, TestServer, durable, wait};

fn submit(server: &TestServer, body: &Value) -> Answer {
    server.call("POST", "/jobs").header("Content-Type", "application/json").body(body.to_string()).send()
}

fn id(answer: &Answer, status: u16) -> String {
    let job = answer.expect(status);
    let id = job["id"].as_str().expect("an id").to_owned();
    assert_eq!(answer.header("location"), format!("/jobs/{id}"));
    id
}

/// The job when it has ended.
fn ended(server: &TestServer, id: &str) -> Value {
    wait(|| {
        let job = server.get(&format!("/jobs/{id}")).send().expect(200);
        (!matches!(job["state"].as_str(), Some("pending" | "running"))).then_some(job)
    })
}

#[test]
fn a_job_runs_and_its_result_is_given() {
    let server = TestServer::start();
    let body = json!({"statements": "LET a = [1, 2]\nSELECT 1 AS n, 'x' AS t", "key": "k", "priority": 9});
    let first = id(&submit(&server, &body), 202);
    let job = ended(&server, &first);
    let expected = json!({
        "id": first, "state": "succeeded", "database": "default", "priority": 9, "key": "k", "attempt": 1,
        "progress": 1.0, "error": null, "rows": 1,
    });
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(&job[key], value, "{key}");
    }
    for key in ["created_at", "started_at", "ended_at"] {
        assert!(job[key].as_str().is_some_and(|time| time.ends_with('Z') && time.contains('T')), "{key}");
    }
    let path = format!("/jobs/{first}/result");
    let result = server.get(&path).send().expect(200);
    assert_eq!(result["results"][0]["rows"], json!([[1, "x"]]));
    assert!(result["query_id"].is_string() && result["elapsed_ms"].is_number());
    let csv = server.get(&path).header("Accept", "text/csv").send();
    assert_eq!((csv.status, csv.text()), (200, "n,t\n1,x\n"));
    let arrow = server.get(&path).header("Accept", "application/vnd.apache.arrow.stream").send();
    assert!(arrow.status == 200 && arrow.body.len() > 100);
    assert_eq!(server.get(&path).header("Accept", "image/png").send().error(406), "not_acceptable");
    // The same key is the same job.
    assert_eq!(id(&submit(&server, &body), 200), first);
    let listed = server.get("/jobs?state=succeeded&limit=1").send().expect(200);
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["id"]), (1, &json!(first)));
    assert_eq!(server.get("/jobs?state=lost").send().error(400), "bad_request");
    assert_eq!(server.call("DELETE", &format!("/jobs/{first}")).send().error(409), "job_ended");
}

#[test]
fn results_of_every_kind_are_kept() {
    let server = TestServer::start();
    let result = |statements: &str| {
        let id = id(&submit(&server, &json!({"statements": statements})), 202);
        assert_eq!(ended(&server, &id)["state"], "succeeded", "{statements}");
        server.get(&format!("/jobs/{id}/result")).send().expect(200)["results"][0].clone()
    };
    let here = |statements: &str| server.results(statements).last().unwrap().clone();
    for statements in [
        "SHOW TRANSPOSE [[1, 2, 3], [4, 5, 6]]",
        "SHOW [TRUE, FALSE]",
        "SHOW 1.5",
        "SHOW FFT [1, 2, 3]",
        "SELECT 1 AS a, [1.0, 2.0] AS v, NULL AS n, DATE '2026-11-30' AS d",
        "LET x = [1, 2]",
        "SET timeout = '5s'",
        "SHOW SHAPE [1, 2]",
    ] {
        assert_eq!(result(statements), here(statements), "{statements}");
    }
}

#[test]
fn a_mistake_fails_and_is_not_tried_again() {
    let server = TestServer::start();
    let body = json!({"statements": "SELECT 1;\nSELECT * FROM nosuch", "retries": 5});
    let id = id(&submit(&server, &body), 202);
    let job = ended(&server, &id);
    assert_eq!((&job["state"], &job["attempt"]), (&json!("failed"), &json!(1)));
    let error = &job["error"];
    assert_eq!((&error["code"], &error["name"]), (&json!("E0304"), &json!("unknown_name")));
    assert_eq!((&error["statement"], &error["line"], &error["column"]), (&json!(2), &json!(2), &json!(15)));
    assert_eq!(server.get(&format!("/jobs/{id}/result")).send().error(404), "no_result");
}

#[test]
fn what_cannot_be_run_is_refused() {
    let server = TestServer::start();
    let refused = |body: Value, status: u16| submit(&server, &body).error(status);
    assert_eq!(refused(json!({"statements": "SELECT 1;\nSELEC 2"}), 400), "unknown_statement");
    assert_eq!(submit(&server, &json!({"statements": "SELECT 1;\nSELEC 2"})).json()["error"]["line"], 2);
    for body in [
        json!({"statements": " "}),
        json!({"statements": "SELECT 1", "priority": 10}),
        json!({"statements": "SELECT 1", "timeout": "soon"}),
        json!({"statements": "SELECT 1", "keep": "for ever"}),
        json!({"statements": "SELECT 1", "key": "schedule/s/x"}),
        json!({"statements": "SELECT 1", "nosuch": 1}),
        json!({"statements": 1}),
        json!([]),
    ] {
        assert_eq!(submit(&server, &body).status, 400, "{body}");
    }
    assert_eq!(refused(json!({"statements": "SELECT 1", "database": "nosuch"}), 404), "not_found");
    let text = server.call("POST", "/jobs").header("Content-Type", "text/plain").body("SELECT 1").send();
    assert_eq!(text.error(415), "unsupported_media_type");
    for path in ["/jobs/nosuch", "/jobs/99", "/jobs/99/result"] {
        assert_eq!(server.get(path).send().error(404), "not_found", "{path}");
    }
    assert_eq!(server.call("DELETE", "/jobs/99").send().error(404), "not_found");
}

#[test]
fn jobs_are_cancelled_at_once() {
    let server = TestServer::with(|config| config.concurrency = 1);
    let running = id(&submit(&server, &json!({"statements": ENDLESS})), 202);
    let waiting = id(&submit(&server, &json!({"statements": "SELECT 1"})), 202);
    wait(|| (server.get(&format!("/jobs/{running}")).send().expect(200)["state"] == "running").then_some(()));
    let cancelled = server.call("DELETE", &format!("/jobs/{waiting}")).send().expect(200);
    assert_eq!(cancelled["state"], "cancelled");
    server.wait_for_query("RECURSIVE", "running");
    let status = server.call("DELETE", &format!("/jobs/{running}")).send().status;
    assert!(status == 200 || status == 202, "{status}");
    assert_eq!(ended(&server, &running)["state"], "cancelled");
    server.wait_for_query("RECURSIVE", "cancelled");
    let next = id(&submit(&server, &json!({"statements": "SELECT 1"})), 202);
    assert_eq!(ended(&server, &next)["state"], "succeeded");
}

#[test]
fn limits_of_a_job_hold() {
    let server = TestServer::start();
    let late = id(&submit(&server, &json!({"statements": ENDLESS, "timeout": "50ms", "retries": 1})), 202);
    let large = json!({"statements": "LET a = RANDOM [2000000] SEED 1", "memory_limit": "4MB"});
    let large = id(&submit(&server, &large), 202);
    let brief = id(&submit(&server, &json!({"statements": "SELECT 1", "keep": "0s"})), 202);
    let job = ended(&server, &late);
    assert_eq!(
        (&job["state"], &job["attempt"], &job["error"]["name"]),
        (&json!("failed"), &json!(2), &json!("timeout"))
    );
    assert_eq!(ended(&server, &large)["error"]["name"], "memory_limit");
    ended(&server, &brief);
    server.server.as_ref().unwrap().app().jobs.expire().unwrap();
    assert_eq!(server.get(&format!("/jobs/{brief}/result")).send().error(410), "result_expired");
}

#[test]
fn jobs_belong_to_their_token() {
    let server = TestServer::start();
    let admin = server.token("admin", Right::Admin, &[]);
    let reader = server.token("reader", Right::Read, &[]);
    let writer = server.token("writer", Right::Write, &["default"]);
    let submit = |token: &str, statements: &str| {
        let body = json!({"statements": statements}).to_string();
        server.call("POST", "/jobs").token(token).header("Content-Type", "application/json").body(body).send()
    };
    server.execute("CREATE DATABASE other; DATASET t COLUMNS (id: Int)").token(&admin).send().expect(200);
    assert_eq!(submit(&reader, "SELECT 1; INSERT INTO t VALUES (1)").error(403), "forbidden");
    assert_eq!(submit(&writer, "SELECT * FROM other.t").error(403), "forbidden");
    assert_eq!(submit(&writer, "SUBMIT JOB DO (USE other)").error(403), "forbidden");
    let own = id(&submit(&reader, "SELECT 1"), 202);
    let path = format!("/jobs/{own}");
    let of = |token: &str| server.get(&path).token(token).send().status;
    assert_eq!((of(&reader), of(&admin), of(&writer)), (200, 200, 404));
    let seen = |token: &str| server.get("/jobs").token(token).send().expect(200).as_array().unwrap().len();
    assert_eq!((seen(&reader), seen(&admin), seen(&writer)), (1, 1, 0));
    assert_eq!(server.call("DELETE", &path).token(&writer).send().error(404), "not_found");
    // Statements see the same.
    let shown = |token: &str| {
        let body = server.execute("SHOW JOBS").token(token).send().expect(200);
        body["results"][0]["row_count"].as_u64().unwrap()
    };
    assert_eq!((shown(&reader), shown(&admin), shown(&writer)), (1, 1, 0));
    let cancel = format!("CANCEL JOB '{own}'");
    assert_eq!(server.execute(&cancel).token(&writer).send().error(400), "unknown_name");
    // What a job submits has the same owner, and a token that is revoked runs nothing any more.
    let body = json!({"statements": "SUBMIT JOB DO (SELECT 2)"}).to_string();
    server
        .call("POST", "/jobs")
        .token(&writer)
        .header("Content-Type", "application/json")
        .body(body)
        .send()
        .expect(202);
    wait(|| (seen(&writer) == 2).then_some(()));
    linal_server::access::Tokens::revoke(server.tokens.as_ref(), "reader").unwrap();
    let app = server.server.as_ref().unwrap().app().clone();
    let new =
        linal::jobs::NewJob { owner: Some("reader".to_owned()), ..linal::jobs::NewJob::new("SELECT 1") };
    let revoked = app.jobs.submit(&new).unwrap().job.id;
    let job = wait(|| app.jobs.job(revoked).unwrap().filter(|job| job.state.has_ended()));
    assert_eq!(job.error.unwrap().name, "forbidden");
}

#[test]
fn jobs_go_on_after_a_restart() {
    let folder = tempfile();
    let (kept, again, once) = {
        let server = durable(&folder);
        let kept = id(&submit(&server, &json!({"statements": "SELECT 7 AS n"})), 202);
        ended(&server, &kept);
        let again =
            id(&submit(&server, &json!({"statements": ENDLESS, "retries": 1, "timeout": "60s"})), 202);
        let once = id(&submit(&server, &json!({"statements": ENDLESS})), 202);
        for id in [&again, &once] {
            wait(|| {
                (server.get(&format!("/jobs/{id}")).send().expect(200)["state"] == "running").then_some(())
            });
        }
        (kept, again, once)
    };
    let server = durable(&folder);
    let job = server.get(&format!("/jobs/{once}")).send().expect(200);
    assert_eq!((&job["state"], &job["error"]["name"]), (&json!("failed"), &json!("interrupted")));
    let job = wait(|| {
        let job = server.get(&format!("/jobs/{again}")).send().expect(200);
        (job["state"] == "running").then_some(job)
    });
    assert_eq!(job["attempt"], 2);
    server.call("DELETE", &format!("/jobs/{again}")).send();
    let result = server.get(&format!("/jobs/{kept}/result")).send().expect(200);
    assert_eq!(result["results"][0]["rows"], json!([[7]]));
    drop(server);
    std::fs::remove_dir_all(&folder).unwrap();
}

fn tempfile() -> std::path::PathBuf {
    let path = std::env::temp_dir().join(format!("linal-server-jobs-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&path);
    path
}

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
