//! Hashes that the original software has made.

use super::*;
use serde_json::json;

/// The password of every hash that does not say otherwise.
const PASSWORD: &str = "copper-kettle-on-the-hob";

/// Reads the hash, and checks that what is stored matches this password and no other.
fn verifies(hash: &str, password: &str) {
    let stored = read(hash).unwrap_or_else(|fault| panic!("{hash} {}", fault.detail));
    let parsed = StoredHash::parse(&stored).unwrap();
    assert!(parsed.matches(password), "{hash}");
    assert!(!parsed.matches(&format!("{password}s")), "{hash}");
    assert_eq!(read(&stored).as_ref(), Ok(&stored), "reading it again changes nothing");
}

fn all_verify(hashes: &[&str]) {
    for hash in hashes {
        verifies(hash, PASSWORD);
    }
}

#[test]
fn hashes_of_django_verify() {
    // Django 5.2, each of its hashers, with few iterations; the last but one with its own parameters.
    all_verify(&[
        "pbkdf2_sha256$1000$qmX3zL0cW8nB5vT1$3knZitydTUEzbeemqjYftzM/98seG7kt2EvlgZUf1UQ=",
        "pbkdf2_sha1$1000$qmX3zL0cW8nB5vT1$ZNqoGHgbKIgi/SRlVfKcA8J8k8w=",
        "scrypt$16$qmX3zL0cW8nB5vT1$8$5$jvFjg60GRIyNlFux6SOnHxidUd8xfeu7DWvMCaF6EJ9ibxhv6BNgC1pekEtKAQy2PfYMIIPQRz5NZRK9emLdgg==",
        "bcrypt_sha256$$2b$04$jlnzYVs6Tj4Wu0XTLzZWOur3Jd6.SglX1ajSp.zNqfFqZCNypv6Hy",
        "bcrypt_sha256$$$2b$04$jlnzYVs6Tj4Wu0XTLzZWOur3Jd6.SglX1ajSp.zNqfFqZCNypv6Hy",
        "bcrypt$$2b$04$h6rKSeh0SYghPhSe/q1NEeM66Q.x6U0TD656eNPWBYE4F6/GCLq/.",
        "scrypt$16384$qmX3zL0cW8nB5vT1$8$5$VMXMfmvU7eR482WL81L2hLY7pGf0yubJe2U9JxxJceNggxA8Sm7c9E+iHrMiDMzbGTXb9EXopuc5s5HLFX8ZlA==",
        "argon2$argon2id$v=19$m=256,t=2,p=2$cW1YM3pMMGNXOG5CNXZUMQ$YWwMO+NE+nzNdzLpZRkFZUlrS2G3VXdmrvdgr62k4eo",
    ]);
}

#[test]
fn hashes_of_passlib_verify() {
    // passlib 1.7.4: each of its PBKDF2, scrypt, bcrypt-sha256 (versions 2 and 1), phpass and argon2.
    all_verify(&[
        "$pbkdf2$1000$ijFmLKVUCiFE6D1nzHmPcQ$i7U/pETKc.2kRayMKZcAFFeJ9Y8",
        "$pbkdf2-sha256$1000$41wrJURobW2ttdYagzCGsA$TL7dr719qZHybCCgawpYFqjG.N5lSC2bpGlYGMErdJg",
        "$pbkdf2-sha512$1000$kZIy5pzT.v8fw3jvHYMQQg$7zCB6ZLBXLP5dW62dkTj9Tj.U94PaRvQLn29/qwSkvvD6MnKjEm/UphDHgTcu7K1WtJ2Eu6XoyCQE3MksVJ3.A",
        "{PBKDF2}1000$N6a0FkIo5RwD4Jxz7r13bg$PxzL9xBIh7vmcRtPqpS6THVcnBM",
        "{PBKDF2-SHA512}1000$EQKA0JozhrDWeo9RynnvPQ$k53TSiNyfY3hu9BlfgVeO0aj7MoLI/yqG8KZap3SHCUR3OLfqgA1WJUS6MrbVG.KAbfr4eV67ngGS6hKFqBwCg",
        "$scrypt$ln=4,r=8,p=1$FEJICcFYK6X0XkuJUWqNsQ$+zLGxbYmE5hVUBmZKXCEyysyW/4IbLv9Xv7FGvE8qto",
        "$bcrypt-sha256$v=2,t=2b,r=4$SGPzTalxZLs5dF8KdzzXf.$hRO/.wjmC2hYCSEiqcRDiFj.GH27tBC",
        "$bcrypt-sha256$2b,4$pUbfilOdlOvoZnBJVyBVSe$X0YDUpIOcQUC0BOBpwsas0Dh6LMR.76",
        "$P$5ynAimOnR4SSV/T69o5rHzrLMKfKDu/",
        "$H$5RX8fiYnVSIgmcXPD31St898iKEPcn0",
        "$argon2i$v=19$m=64,t=1,p=4$vPe+d6517t37P+dcK4VQyg$U6kmT5huGI6C7BPnwRW7yIMyfTapcUvrJrfuNlgnyKE",
        "$argon2d$v=19$m=64,t=1,p=4$6f3/35tzTqlVao1Ram2tdQ$Ck97yGSQFcZeLvbLBR0eK1t0HPHFHGEhVR96oIiX+CE",
        "$argon2id$v=19$m=64,t=1,p=4$AoAQAuC8tzbmfE9p7f2fUw$IbJJ0DaExQX+MSrXW2cvIqQyNOTXrhVhZaA6YAyz14Q",
    ]);
}

#[test]
fn hashes_of_werkzeug_verify() {
    // Werkzeug 3.1.9.
    all_verify(&[
        "pbkdf2:sha256:1000$iN2Xw8tBdZFw678C$f7dfb937382b0511c0d9fb698d83d54fe6eb36742744d788d43925a8328b2890",
        "pbkdf2:sha512:1000$ifDNFZoz1gRv8F68$b584c5941fa3e1ee9fc0e883fc9182adbac9bcfcfa8563997c48af93c1182c60b50c6c7668d05fa6898d484db4e3f1b724c1fc9ee7f6588c5ddc82be0d33f402",
        "scrypt:1024:8:1$c3ztBIZxNlwwfR1f$5c397059f2a50a53693d94ac37c85335b8a3fd6459209455fdfdcff7e94c84cbce2588b3f230f87a907bc9cf5fe8b02be84998c0f78d108b18c54ebf930fc4f0",
    ]);
}

#[test]
fn hashes_of_crypt_verify() {
    // mkpasswd 5.5.17 with libxcrypt 4.4.33; yescrypt and SHA-512 also with the default cost.
    all_verify(&[
        "$5$rounds=1000$2QbLxNb1o5T6bcY9$WoQsCk8vWFet6/BQBDWd1EIPmOh5ljQK0zTKjAGP085",
        "$6$rounds=1000$v5eY0J7zb1fXCo5a$qnRBYm4bnQQEoI7Fnm1zRVsoVPTV4kDRSIgHvEb98IAe9ZQN1S9SUVMtxI0DdDgIT09sDfioqopJDvuSlMW1x/",
        "$6$31vymMyh/LTTLoKJ$ElixDRmbuRAlKheAgwm4eeh2S0NjtGZLTcHnLpvCTFSQx1VIAsIrrAL2DUy4t7KWxD5zv8VAORtq/FtMp6jO7/",
        "$y$j75$OcvhBkJOx6DW2vpPHlhVq1$oag6z1ZvpHbCttwBqmP.GoLqTnwnHJ383y92JvA/Km5",
        "$y$j9T$UK.bGbHN1CscjC3Z2g3Eu1$OeUD5TCjxQGTipAagb9YO1WqZL0CgpBOQUHoUSMghX0",
        "$2a$05$6KevY5ak7KGh7PU7uIXCL.PsBjQHWm.w/ZgV3bD7k0WnrOwxUZC5W",
        "$2b$05$EhVb05XneraQNu2UoQI1KODRKq8xOSPNU9hbiK1oGoxw44Sh1Eb/y",
    ]);
}

#[test]
fn hashes_of_openldap_verify() {
    // slappasswd 2.5.13 with pw-sha2, pw-pbkdf2 and argon2. Labels are compared without case.
    let hashes = [
        "{SSHA}a2WR256vrorTwez3u+IgXG/qneF/5WSK",
        "{SSHA256}Kx09A6DqHNlouUsN2i/esLD+VAksWR8HFwdaYrixmc6oOAeCSpuUzw==",
        "{SSHA384}QjWRTRiORz17Yb00BkzmZf5tVp0Nk971MRJUw95ZWeYy59VcrMmc7x816aIsTXO+UAWJKKFkhIE=",
        "{SSHA512}7tLXTUnX7aq0yWUYSFyOQRCA/98MCK6U3DoxxfBDVlF5gNOcq6TQUnzWvXV/IrSwFRC5QfrLdZ95xlD5YnbhGqLDfL1ZW8wB",
        "{PBKDF2-SHA256}10000$tS.4LYslYArAXZ1NKNw/kA$mqnihYogu9nMI8u1PDwIY/gh1qEvHv7mlRC31sqLhow",
        "{ARGON2}$argon2i$v=19$m=4096,t=3,p=1$PRiU1oazWHBCx5AQjzRNpw$c7qkFFaaY1t0vb0ZeDd+HQy+sDvXhU0kUN59f3cAI50",
        "{CRYPT}$6$rounds=1000$1NturIIG$8cy6ZqJCfApN4fMwkFgNiRSATmnEeycpOdBv6gaiGaYlqqSPiwa2G4xbip42iuTypxcdIoxl.1.uggmfuO2NM/",
    ];
    all_verify(&hashes);
    verifies(&hashes[0].replace("SSHA", "ssha"), PASSWORD);
    assert_eq!(read(hashes[6]).unwrap(), hashes[6].replace("{CRYPT}", ""), "the label is not stored");
}

#[test]
fn hashes_of_wordpress_and_drupal_verify() {
    // phpass of WordPress 6.1.9; WordPress 6.8's `wp_hash_password` in PHP 8.2.
    all_verify(&[
        "$P$BeVrPzUxnQySD1pbJqv1OV8cXHDenL.",
        "$wp$2y$04$nA8iAHDsqTUpCOEtsHmrCuoWDeTGJK9onXT/jutRf02V1aoQdHJOC",
        // Drupal's algorithm in Python's hashlib: of the MD5 digest that Drupal 6 had.
        "U$S$7Zr0TbXq7lpTDufJN3ctfPO2U45CSZw0WKmnbMie3Uo9KaheoQe/",
    ]);
    // Published by hashcat for Drupal 7.
    verifies("$S$C33783772bRXEx1aCsvY.dqgaaSu76XmVlKrW9Qu8IQlvxHlmzLf", "hashcat");
}

#[test]
fn wordpress_trims_passwords() {
    let hash = "$wp$2y$04$nA8iAHDsqTUpCOEtsHmrCuoWDeTGJK9onXT/jutRf02V1aoQdHJOC";
    assert!(StoredHash::parse(hash).unwrap().matches(&format!("\t{PASSWORD} \n")));
}

#[test]
fn hashes_of_better_auth_verify_and_normalize_the_password() {
    // better-auth 1.7.25.
    all_verify(&[
        "17d5dbc86a740bafaaee5d50e4583364:d9c1183e4d2e7909598f9f40f7524197686f694bee3c9a6f6a2f06cb9882a4804511f875c4a22a1d14dcc11a3f5ec549ed85810e65e3ea5e1e495bbd5a6aab06",
    ]);
    let hash = "c5a87460bd2bc3cedf45c060c4b9ddfb:329ff6e5ed5387953e8c59981e90b50e2c368aff223d7343ccf3f3e44f6734fa15a491c775ac681c9e5428eae72f0f39bb8319fba5b6d960ff38dc0e0c2aaad0";
    for spelling in ["\u{fb01}ne-copper-kettle-\u{bd}", "fine-copper-kettle-1\u{2044}2"] {
        assert!(StoredHash::parse(hash).unwrap().matches(spelling), "{spelling}");
    }
}

#[test]
fn hashes_of_aspnet_identity_verify() {
    // Version 3 with SHA-256 and with SHA-512, and version 2, computed by Python's hashlib.
    all_verify(&[
        "AQAAAAEAACcQAAAAEKCE+OpJlKaMdLzfOaFLwt5794ezCFj76fMqInuhLSFFd4/DrbKRMQYZF6Onk46fEA==",
        "AQAAAAIAAYagAAAAEMeoI+dLLQ4CMKjmEwW+JDVVNtSn5LBe5JNiezaQh+3a7Nx6j6i5MWKGTwsuHBE1VA==",
        "AAABAgMEBQYHCAkKCwwNDg8cEAKz+PxVQndTITuiF0shv4VtGXkLGxjq/IKyUSqVVw==",
    ]);
}

#[test]
fn phc_strings_verify() {
    // Computed by Python's hashlib; the second scrypt hash names the blocks as Kratos does.
    all_verify(&[
        "$pbkdf2-sha512$i=1000,l=64$AAECAwQFBgcICQoLDA0ODw$7LNVA7ARJM2AY0MdkplYs1KcrkKiSW8/L2KLqtL9wRQH/AnF76Ti9Tu5ch7HeOno5vjtVlr6ULc+DwBsmJEmgg",
        "$pbkdf2-sha1$i=1000$AAECAwQFBgcICQoLDA0ODw$HBACs/j8VUJ3UyE7ohdLIb+FbRk",
        "$scrypt$ln=10,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$djEM1u5dEo3DW7utBnvstWiAyDbRRCjzvvYz5nBzkzk",
        "$scrypt$ln=1024,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$djEM1u5dEo3DW7utBnvstWiAyDbRRCjzvvYz5nBzkzk",
    ]);
}

#[test]
fn credentials_of_keycloak_verify() {
    // The keys are computed by Python's hashlib and argon2-cffi.
    let argon2 =
        json!({ "hashLength": ["32"], "memory": ["256"], "type": ["id"], "version": ["1.3"], "parallelism": ["1"] });
    let salt = "AAECAwQFBgcICQoLDA0ODw==";
    for (algorithm, iterations, parameters, value) in [
        ("pbkdf2", 1000, json!({}), "HBACs/j8VUJ3UyE7ohdLIb+FbRk="),
        (
            "pbkdf2-sha256",
            1000,
            json!({}),
            "V6f2OYcc7DoFS8PsuROLlCIut5nzxuZFauICZDA0eeUpXxOPUfmhR5hfbr9tV6J8fHu3pEBVJJnoyLmWDDecPQ==",
        ),
        (
            "pbkdf2-sha512",
            1000,
            json!({}),
            "7LNVA7ARJM2AY0MdkplYs1KcrkKiSW8/L2KLqtL9wRQH/AnF76Ti9Tu5ch7HeOno5vjtVlr6ULc+DwBsmJEmgg==",
        ),
        ("argon2", 5, argon2, "UNF9KOPg1BBUElNbLdxhxcsXT9xEaDs80G+1NA6mVzc="),
    ] {
        let data = json!({ "hashIterations": iterations, "algorithm": algorithm, "additionalParameters": parameters });
        let secret = json!({ "value": value, "salt": salt, "additionalParameters": {} });
        let stored = keycloak(&data, &secret).unwrap();
        verifies(&stored, PASSWORD);
        assert_eq!(keycloak(&json!(data.to_string()), &json!(secret.to_string())), Ok(stored), "as texts");
    }
}

#[test]
fn hashes_of_firebase_verify_and_are_stored_without_the_signer_key() {
    // The parameters and the hash that Firebase publishes with its scrypt, also made by firebase-scrypt 2.2.0.
    let signer_key = "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==";
    let salt = "42xEC+ixf3L2lw==";
    let hash = "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==";
    let project = FirebaseParameters::new(signer_key, "Bw==", 8, 14).unwrap();
    let stored = firebase(&project, hash, salt).unwrap();
    verifies(&stored, "user1password");
    assert!(!stored.contains(&signer_key[..16]));
    let base64url = hash.replace('+', "-").replace('/', "_");
    assert_eq!(firebase(&project, &base64url, salt), Ok(stored), "as in an export in JSON");

    let shown = format!(
        "hash_config {{\n  algorithm: SCRYPT,\n  base64_signer_key: {signer_key},\n  base64_salt_separator: Bw==,\n  \
         rounds: 8,\n  mem_cost: 4,\n}}"
    );
    let cheap = FirebaseParameters::parse(&shown).unwrap();
    let hash = "J0Ik7M4lesLii+PfCmzAQgyABTZ0SOI2ZsJtYrrbwLBYCcAhEeBxgiyqZNPDUlUU8nhhvG38zsxClBF96gP6KQ==";
    verifies(&firebase(&cheap, hash, salt).unwrap(), PASSWORD);
}

#[test]
fn the_misread_hashes_of_crypt_blowfish_verify() {
    // crypt() of PHP 8.2: the same passwords have other hashes without the bug.
    for (password, hash) in [
        ("copper-kettle-on-the-hobé", "$2x$04$l7V/TF3g/sWmZVlZR3VnJO6Mc/6okY/uFNqIkePAgMNbd0ixro.JK"),
        ("éété €", "$2x$04$l7V/TF3g/sWmZVlZR3VnJOtcPTvnz5Ak3zq67cdEiXEEauJjI6wMq"),
    ] {
        verifies(hash, password);
        assert!(!StoredHash::parse(&hash.replace("$2x", "$2y")).unwrap().matches(password));
    }
}

#[test]
fn bcrypt_hashes_as_databases_have_them_verify() {
    // libxcrypt. The salt of the second has bits in its last digit that belong to no byte.
    let plain = "$2b$10$l7V/TF3g/sWmZVlZR3VnJOLIsWRq3MxE38oTUoc/6zSIaLBpB6kJq";
    let odd = "$2b$10$l7V/TF3g/sWmZVlZR3VnJPLIsWRq3MxE38oTUoc/6zSIaLBpB6kJq";
    all_verify(&[plain, odd, &plain.replace("$2b", "$2y")]);
    for surrounded in [format!("{{bcrypt}}{plain}"), format!("{{CRYPT}}{plain}"), format!("{plain}            ")] {
        assert_eq!(read(&surrounded).as_deref(), Ok(plain));
    }
}
