#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| usher_auth::fuzzing::hash_parts(data));
