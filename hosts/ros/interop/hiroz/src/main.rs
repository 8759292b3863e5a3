//! A node of hiroz that does what the lines of its standard input say, and prints what it hears and sees.
//!
//! `thumbox-hiroz ENDPOINT DOMAIN [shm]` connects to the router at ENDPOINT; with `shm`, large messages go through shared
//! memory. It prints `ready GID GID`, of its publishers of text and of images.
//!
//! | line | what it does | what it prints |
//! |---|---|---|
//! | `say TEXT` | publishes a String on /theirs/text | |
//! | `show SIZE` | publishes a CompressedImage of SIZE bytes on /theirs/image | |
//! | `call A B` | calls AddTwoInts at /ours/add | `sum N`, or `no sum: WHY` |
//! | `late` | subscribes to /ours/kept, latched | |
//! | `graph` | | the lines of [`graph::print`] |
//!
//! Besides, it prints `text TOPIC TEXT` and `image SECONDS NANOSECONDS FRAME FORMAT SIZE SHA256` for what it hears at
//! /ours/text, /ours/kept and /ours/image; serves AddTwoInts at /theirs/add, printing `asked A B NUMBER GID`; and keeps
//! a text for those who come late to /theirs/kept. It ends where its input does.

mod graph;

use std::fmt::Write;
use std::io::BufRead;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use hiroz::context::ZContextBuilder;
use hiroz::entity::{EndpointEntity, endpoint_gid};
use hiroz::node::ZNode;
use hiroz::qos::{QosDurability, QosHistory, QosProfile};
use hiroz::{Builder, Result, ZBuf};
use hiroz_msgs::builtin_interfaces::Time;
use hiroz_msgs::example_interfaces::srv::AddTwoInts;
use hiroz_msgs::example_interfaces::{AddTwoIntsRequest, AddTwoIntsResponse};
use hiroz_msgs::sensor_msgs::CompressedImage;
use hiroz_msgs::std_msgs::{Header, String as Text};
use sha2::{Digest, Sha256};
use zenoh_buffers::buffer::SplitBuffer;

const CALL_TIMEOUT: Duration = Duration::from_secs(10);

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (endpoint, domain, shm) = match arguments.as_slice() {
        [endpoint, domain] => (endpoint, domain, false),
        [endpoint, domain, shm] if shm == "shm" => (endpoint, domain, true),
        other => return Err(format!("ENDPOINT DOMAIN [shm] are to be given, not {other:?}").into()),
    };
    let mut builder = ZContextBuilder::default()
        .with_domain_id(domain.parse()?)
        .with_connect_endpoints([endpoint.as_str()]);
    if shm {
        builder = builder.with_shm_enabled()?;
    }
    let context = builder.build()?;
    let node = Arc::new(context.create_node("theirs").with_namespace("/away").build()?);
    // It calls from a runtime of Tokio.
    let runtime = tokio::runtime::Runtime::new()?;

    let talker = node.create_pub::<Text>("/theirs/text").build()?;
    let camera = node.create_pub::<CompressedImage>("/theirs/image").build()?;
    let client = node.create_client::<AddTwoInts>("/ours/add").build()?;
    let keeper = node.create_pub::<Text>("/theirs/kept").with_qos(latched()).build()?;
    keeper.publish(&Text { data: "kept by hiroz".to_owned() })?;
    let _texts = node
        .create_sub::<Text>("/ours/text")
        .build_with_callback(|text| println!("text /ours/text {}", text.data))?;
    let _images =
        node.create_sub::<CompressedImage>("/ours/image").build_with_callback(describe)?;
    let mut late = None;
    thread::spawn({
        let node = Arc::clone(&node);
        move || serve(&node).expect("the service ended")
    });
    println!("ready {} {}", gid(&talker.entity), gid(&camera.entity));

    for line in std::io::stdin().lock().lines() {
        let line = line?;
        match line.split_once(' ').unwrap_or((&line, "")) {
            ("say", text) => talker.publish(&Text { data: text.to_owned() })?,
            ("show", size) => camera.publish(&image(size.parse()?))?,
            ("call", numbers) => {
                let (a, b) = numbers.split_once(' ').ok_or("call takes two numbers")?;
                let request = AddTwoIntsRequest { a: a.parse()?, b: b.parse()? };
                match runtime.block_on(client.call_with_timeout(&request, CALL_TIMEOUT)) {
                    Ok(response) => println!("sum {}", response.sum),
                    Err(error) => println!("no sum: {error}"),
                }
            }
            ("late", _) => {
                let subscriber = node.create_sub::<Text>("/ours/kept").with_qos(latched());
                late = Some(
                    subscriber
                        .build_with_callback(|text| println!("text /ours/kept {}", text.data))?,
                );
            }
            ("graph", _) => graph::print(context.graph()),
            _ => {
                return Err(format!(
                    "unknown command {line:?}; known: say, show, call, late, graph"
                )
                .into());
            }
        }
    }
    drop(late);
    context.shutdown()
}

/// Adds for whoever asks, for ever.
fn serve(node: &ZNode) -> Result<()> {
    let mut server = node.create_service::<AddTwoInts>("/theirs/add").build()?;
    loop {
        let request = server.take_request()?;
        let (&AddTwoIntsRequest { a, b }, id) = (request.message(), request.id());
        println!("asked {a} {b} {} {}", id.sequence_number, hexadecimal(&id.writer_guid));
        request.reply_blocking(&AddTwoIntsResponse { sum: a.wrapping_add(b) })?;
    }
}

/// Prints an image that came.
fn describe(image: CompressedImage) {
    let Header { stamp, frame_id } = image.header;
    let data = image.data.contiguous();
    println!(
        "image {} {} {frame_id} {} {} {}",
        stamp.sec,
        stamp.nanosec,
        image.format,
        data.len(),
        hexadecimal(&Sha256::digest(&data))
    );
}

/// An image of that many bytes: the SHA-256 of 0, of 1, and so on, each as eight bytes, little-endian.
fn image(size: usize) -> CompressedImage {
    let hashes = (0_u64..).flat_map(|number| Sha256::digest(number.to_le_bytes()));
    CompressedImage {
        header: Header { stamp: Time { sec: 7, nanosec: 9 }, frame_id: "lens".to_owned() },
        format: "jpeg".to_owned(),
        data: ZBuf::from(hashes.take(size).collect::<Vec<u8>>()),
    }
}

/// The last message is kept for those who come late.
fn latched() -> QosProfile {
    QosProfile {
        durability: QosDurability::TransientLocal,
        history: QosHistory::from_depth(1),
        ..QosProfile::default()
    }
}

fn gid(entity: &EndpointEntity) -> String {
    endpoint_gid(entity).map_or_else(String::new, |gid| hexadecimal(&gid))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
