//! An authenticator in software, for the ceremonies of passkeys: a P-256 key, as much CBOR as they
//! need, and a browser that may be told to lie.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

const PRESENT: u8 = 1;
const VERIFIED: u8 = 4;
const ATTESTED: u8 = 64;

/// A key that is bound to an installation, and the browser that it is used in.
#[derive(Clone)]
pub struct Authenticator {
    key: Vec<u8>,
    id: Vec<u8>,
    user: Vec<u8>,
    /// Counts signatures; 0 for one that does not.
    pub counter: u32,
    /// The flags that it sets.
    pub flags: u8,
    /// The page that asks.
    pub origin: String,
    /// The name that it believes to be bound to.
    pub rp_id: String,
}

impl Authenticator {
    /// One that nobody has registered.
    pub fn new() -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let der = key.to_pkcs8v1().unwrap().as_ref().to_vec();
        Self {
            id: digest(&SHA256, key.public_key().as_ref()).as_ref()[..16].to_vec(),
            key: der,
            user: vec![],
            counter: 0,
            flags: PRESENT | VERIFIED,
            origin: "http://localhost:8080".to_owned(),
            rp_id: "localhost".to_owned(),
        }
    }

    /// One that notices that somebody is there, and not who.
    pub fn without_verification(self) -> Self {
        Self {
            flags: PRESENT,
            ..self
        }
    }

    /// The answer to the question for a new passkey.
    pub fn create(&mut self, question: &Value) -> Value {
        self.user = URL_SAFE_NO_PAD
            .decode(question["user"]["id"].as_str().unwrap())
            .unwrap();
        let mut data = self.data(self.flags | ATTESTED);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend(&self.id);
        data.extend(self.public_key());
        // {"fmt": "none", "attStmt": {}, "authData": bytes}
        let mut object = vec![0xa3];
        object.extend(b"\x63fmt\x64none\x67attStmt\xa0\x68authData\x58");
        object.push(u8::try_from(data.len()).unwrap());
        object.extend(data);
        json!({
            "id": encoded(&self.id), "rawId": encoded(&self.id), "type": "public-key", "clientExtensionResults": {},
            "response": {
                "clientDataJSON": encoded(self.client_data("webauthn.create", question).as_bytes()),
                "attestationObject": encoded(&object),
                "transports": ["internal"]
            }
        })
    }

    /// The answer to the question for a passkey.
    pub fn get(&mut self, question: &Value) -> Value {
        if self.counter > 0 {
            self.counter += 1;
        }
        let data = self.data(self.flags);
        let client = self.client_data("webauthn.get", question);
        let signed = [data.as_slice(), digest(&SHA256, client.as_bytes()).as_ref()].concat();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &self.key).unwrap();
        let signature = key.sign(&SystemRandom::new(), &signed).unwrap();
        json!({
            "id": encoded(&self.id), "rawId": encoded(&self.id), "type": "public-key", "clientExtensionResults": {},
            "authenticatorAttachment": "platform",
            "response": {
                "authenticatorData": encoded(&data),
                "clientDataJSON": encoded(client.as_bytes()),
                "signature": encoded(signature.as_ref()),
                "userHandle": encoded(&self.user)
            }
        })
    }

    /// Authenticator data (Web Authentication, section 6.1), without what a registration adds.
    fn data(&self, flags: u8) -> Vec<u8> {
        let mut data = digest(&SHA256, self.rp_id.as_bytes()).as_ref().to_vec();
        data.push(flags);
        data.extend(self.counter.to_be_bytes());
        data
    }

    fn client_data(&self, kind: &str, question: &Value) -> String {
        json!({"type": kind, "challenge": question["challenge"], "origin": self.origin, "crossOrigin": false}).to_string()
    }

    /// As COSE writes it: {1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y}.
    fn public_key(&self) -> Vec<u8> {
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &self.key).unwrap();
        let point = key.public_key().as_ref();
        let mut cose = vec![0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32];
        cose.extend(&point[1..33]);
        cose.extend([0x22, 0x58, 32]);
        cose.extend(&point[33..]);
        cose
    }
}

/// Bytes as browsers write them in JSON.
pub fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
