//! What animations are charged for.

use image::ImageFormat;
use thumbox_core::Limits;

use super::held_under;
use crate::common::*;

#[test]
fn animations_stay_under_their_charge() {
    let all = Third { frames: 1, ..Third::default() };
    let still = file(scene_with_alpha(900, 700), ImageFormat::Png);
    let mut animation = Vec::new();
    let mut encoder = png::Encoder::new(&mut animation, 900, 700);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_animated(4, 0).unwrap();
    let mut writer = encoder.write_header().unwrap();
    for frame in 0..4_u8 {
        writer.set_dispose_op(png::DisposeOp::Previous).unwrap();
        let picture: Vec<u8> = pixels(&still).to_rgba8().iter().map(|s| s ^ (frame << 5)).collect();
        writer.write_image_data(&picture).unwrap();
    }
    writer.finish().unwrap();
    let webps = [0, 2].map(|flags| {
        let ask = Ask { flags, ..ask(900, 700, WEBP) };
        thumbnail(&ask.v3(all, &animation)).2
    });
    for (name, image) in [("gif", gif(900, 700, 3)), ("png", animation)]
        .into_iter()
        .chain(["webp", "lossless webp"].into_iter().zip(webps))
    {
        for side in [40, 900] {
            let request = ask(side, side, WEBP).v3(all, &image);
            held_under(&format!("all frames of a {name}, {side}"), 100, &request, Limits::DEFAULT);
        }
        let page = Third { page: 2, ..Third::default() };
        let request = ask(80, 80, JPEG).v3(page, &image);
        held_under(&format!("a frame of a {name}"), 100, &request, Limits::DEFAULT);
    }
}
