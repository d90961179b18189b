/* Authorities, signers and signatures, made on the spot. */
#ifndef KD_TESTS_SIGN_H
#define KD_TESTS_SIGN_H

#include "tape.h"

#include <openssl/x509.h>
#include <stdint.h>

#define DAY INT64_C(86400)

struct identity {
    EVP_PKEY *key;
    X509 *certificate;
};

struct identity_request {
    const char *name;
    const struct identity *issuer; /* NULL: itself */
    bool authority;
    const char *usage;     /* extended key usage, as "codeSigning"; NULL: none */
    const char *key_usage; /* NULL: keyCertSign of an authority, digitalSignature of others */
    int64_t from, until;   /* in days from now; both 0: from yesterday for a year */
    int rsa_bits;          /* 0: an elliptic curve */
    const char *names;     /* subjectAltName, as "DNS:localhost"; NULL: none */
};

struct identity identity_make(const struct identity_request *request);
void identity_finish(struct identity *identity);
void identity_write(const struct identity *identity, const char *path); /* its certificate, PEM */

struct sign_request {
    const struct identity *signers[2]; /* NULL: none */
    const struct identity *between;    /* its certificate goes along; NULL: none */
    bool around;                       /* the bytes are in it */
    bool pem;
    bool by_key;  /* the signer is told by its key's identifier */
    bool stream;  /* BER */
    bool no_time; /* without signed attributes */
    bool unsigned_attribute;
    int64_t day;          /* signing time in days from now; 0: now */
    const EVP_MD *digest; /* NULL: SHA-256 */
};

/* Into *ret, which is empty. */
void sign(const struct sign_request *request, const struct tape *bytes, struct tape *ret);

#endif
