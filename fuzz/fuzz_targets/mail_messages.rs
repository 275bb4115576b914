#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| usher_mail::fuzzing::mail_messages(data));
