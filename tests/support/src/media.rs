//! Videos to play: tiny, but real.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Makes `folder/name`, a black video of `seconds` at `fps` frames a second, without sound. The name's ending says
/// which container. 45 minutes at 10 frames a second take a few seconds to make. Any user may read it.
///
/// # Panics
/// If ffmpeg is missing or fails.
pub fn video(folder: &Path, name: &str, seconds: u32, fps: u32) -> PathBuf {
    tagged_video(folder, name, seconds, fps, &[])
}

/// The same with container tags (`title`, `show`, …).
///
/// # Panics
/// If ffmpeg is missing or fails.
pub fn tagged_video(folder: &Path, name: &str, seconds: u32, fps: u32, tags: &[(&str, &str)]) -> PathBuf {
    fs::create_dir_all(folder).expect("a folder for videos");
    let path = folder.join(name);
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg
        .args(["-nostdin", "-loglevel", "error", "-y", "-f", "lavfi", "-i"])
        .arg(format!("color=black:size=16x16:rate={fps}:duration={seconds}"))
        .args(["-c:v", "libx264", "-preset", "ultrafast", "-g"])
        .arg((fps * 10).to_string())
        .args(["-pix_fmt", "yuv420p"]);
    for (key, value) in tags {
        ffmpeg.arg("-metadata").arg(format!("{key}={value}"));
    }
    let output = ffmpeg.arg(&path).stdin(Stdio::null()).output().expect("ffmpeg is installed: see tests/run");
    assert!(output.status.success(), "ffmpeg failed: {}", String::from_utf8_lossy(&output.stderr));
    path
}
