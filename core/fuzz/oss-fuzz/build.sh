#!/bin/bash -eu
# Builds every fuzz target into $OUT, each with its seeds, its dictionary and its limits.
# OSS-Fuzz runs it; `cargo xtask fuzz --oss-fuzz` runs it here.

cd "$SRC/thumbox"

# The versions that ship.
cp Cargo.lock core/fuzz/Cargo.lock
cargo fuzz build --fuzz-dir core/fuzz --target-dir "$WORK/fuzz"

# The program that makes seeds is no fuzz target: OSS-Fuzz's instrumentation stays out of it.
seeds() {
  env -u RUSTFLAGS -u CFLAGS -u CXXFLAGS cargo run --quiet --locked --package thumbox-core \
    --example fuzz_seeds --features testing --target-dir "$WORK/seeds" -- "$@"
}

# The limits of `cargo xtask fuzz`, but for the memory of the process, which OSS-Fuzz sets.
options="[libfuzzer]
max_len = 8192
timeout = 25
malloc_limit_mb = 33"

list=$(cargo fuzz list --fuzz-dir core/fuzz)
for target in $list; do
  cp "$WORK"/fuzz/*/release/"$target" "$OUT/"
  printf '%s\n' "$options" > "$OUT/$target.options"

  rm -rf "$WORK/corpus" "$OUT/${target}_seed_corpus.zip"
  seeds "$target" "$WORK/corpus"
  if [ -d "testdata/fuzz/$target" ]; then
    cp testdata/fuzz/"$target"/* "$WORK/corpus/"
  fi
  zip -q -r -j "$OUT/${target}_seed_corpus.zip" "$WORK/corpus"

  if [ -f "core/fuzz/$target.dict" ]; then
    cp "core/fuzz/$target.dict" "$OUT/"
  fi
done
