//! libFuzzer's entry to `fuzz_harness::book`, which does and checks everything.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz_harness::book::run(data));
