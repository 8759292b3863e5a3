//! What needs a call that is running for as long as a test likes; the rest is tested through the C ABI.

use std::thread;

use super::*;

/// Answers every request with itself, and one message with a panic.
struct Echo;

const MSG_PANIC: u32 = u32::MAX;

impl Plugin for Echo {
    const NAME: &'static str = "a test";

    fn start(config_json: &[u8]) -> Result<(Self, Settings), Failure> {
        Ok((Self, Settings::parse(config_json)?))
    }

    fn call(&self, message_id: u32, parts: &[&[u8]]) -> Result<Vec<u8>, Failure> {
        assert_ne!(message_id, MSG_PANIC, "a panic that a test asked for");
        Ok(parts.concat())
    }

    fn call_json(&self, _tag: &str, request: &str) -> Result<String, Failure> {
        Ok(request.to_owned())
    }
}

fn active(config: &str) -> Instance<Echo> {
    let instance = Instance::<Echo>::installed();
    instance.start(Ok(config.as_bytes()), None).unwrap();
    instance
}

#[test]
fn a_life_goes_one_way() {
    let instance = Instance::<Echo>::installed();
    assert_eq!(instance.state(), State::Installed);
    assert_eq!(instance.call(1, &[b"a"]).unwrap_err().code, Code::InvalidState.number());
    instance.start(Ok(b""), None).unwrap();
    assert_eq!(instance.state(), State::Active);
    assert!(instance.start(Ok(b""), None).is_err());
    assert_eq!(instance.call(1, &[b"a"]).unwrap(), b"a");
    assert!(instance.shutdown());
    assert_eq!(instance.state(), State::Stopped);
    assert_eq!(instance.call(1, &[b"a"]).unwrap_err().code, Code::InvalidState.number());
    assert!(!instance.shutdown());
    assert!(instance.start(Ok(b""), None).is_err());
}

#[test]
fn an_instance_that_was_never_started_can_be_ended() {
    let instance = Instance::<Echo>::installed();
    assert!(instance.shutdown());
    assert!(instance.start(Ok(b""), None).is_err());
}

#[test]
fn a_bad_configuration_fails_the_instance() {
    let instance = Instance::<Echo>::installed();
    let failure = instance.start(Ok(b"{\"log_level\": 7}"), None).unwrap_err();
    assert_eq!((failure.code, instance.state()), (Code::Config.number(), State::Failed));
    assert!(!instance.shutdown());
}

#[test]
fn the_limit_holds_for_both_transports_and_counts_what_it_refuses() {
    let instance = active(r#"{"max_concurrent_ops": 2}"#);
    let held = [instance.enter().unwrap(), instance.enter().unwrap()];
    let failure = instance.call(1, &[b"a"]).unwrap_err();
    assert_eq!(failure.code, Code::TooManyRequests.number());
    assert!(failure.message.contains("= 2);"), "{}", failure.message);
    assert_eq!(instance.call_json("echo", b"1").unwrap_err().code, Code::TooManyRequests.number());
    assert_eq!(instance.rejected(), 2);
    drop(held);
    assert!(instance.call(1, &[b"a"]).is_ok() && instance.call_json("echo", b"1").is_ok());
    assert_eq!(instance.rejected(), 2);
}

#[test]
fn zero_is_no_limit() {
    let instance = active(r#"{"max_concurrent_ops": 0}"#);
    let held: Vec<_> = (0..5000).map(|_| instance.enter().unwrap()).collect();
    assert_eq!(instance.gate().running, held.len() as u64);
}

#[test]
fn a_shutdown_waits_for_running_calls_and_refuses_new_ones() {
    let instance = active(r#"{"shutdown_timeout_ms": 60000}"#);
    let held = instance.enter().unwrap();
    thread::scope(|scope| {
        let shutdown = scope.spawn(|| instance.shutdown());
        while instance.state() != State::Stopping {
            thread::yield_now();
        }
        assert_eq!(instance.call(1, &[b"a"]).unwrap_err().code, Code::InvalidState.number());
        assert!(!instance.shutdown(), "a second shutdown has nothing to end");
        assert!(!shutdown.is_finished());
        drop(held);
        assert!(shutdown.join().unwrap());
    });
    assert_eq!(instance.state(), State::Stopped);
}

#[test]
fn a_shutdown_ends_when_its_time_is_over() {
    let instance = active(r#"{"shutdown_timeout_ms": 50}"#);
    let held = instance.enter().unwrap();
    let watch = Instant::now();
    assert!(instance.shutdown());
    assert!(watch.elapsed() >= Duration::from_millis(50));
    assert_eq!((instance.state(), instance.gate().running), (State::Stopped, 1));
    drop(held);
    assert_eq!(instance.gate().running, 0);
}

#[test]
fn a_panic_is_answered_and_counted_out() {
    let instance = active(r#"{"max_concurrent_ops": 1}"#);
    let failure = instance.call(MSG_PANIC, &[]).unwrap_err();
    assert_eq!(failure.code, Code::Internal.number());
    assert!(failure.message.contains("that a test asked for"), "{}", failure.message);
    assert_eq!(instance.call(1, &[b"a"]).unwrap(), b"a");
}

#[test]
fn a_request_that_is_not_utf8_is_a_json_error() {
    assert_eq!(
        active("").call_json("echo", &[0xff]).unwrap_err().code,
        Code::Serialization.number()
    );
}
