#include "certificate.h"

#include "folder.h"

#include <check.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <sys/stat.h>

#define DAY (24L * 3600)

static void extend(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    ck_assert_ptr_nonnull(extension);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

static void name_it(X509 *certificate, const char *name)
{
    X509_NAME *subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
}

static void number_it(X509 *certificate)
{
    uint64_t serial = 0;
    RAND_bytes((unsigned char *)&serial, sizeof(serial));
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1);
}

static X509 *read_certificate(const char *folder, const char *name)
{
    char file[64];
    snprintf(file, sizeof(file), "%s.pem", name);
    FILE *from = fopen(folder_path(folder, file), "re");
    ck_assert_ptr_nonnull(from);
    X509 *certificate = PEM_read_X509(from, NULL, NULL, NULL);
    fclose(from);
    return certificate;
}

static EVP_PKEY *read_key(const char *folder, const char *name)
{
    char file[64];
    snprintf(file, sizeof(file), "%s.key", name);
    FILE *from = fopen(folder_path(folder, file), "re");
    ck_assert_ptr_nonnull(from);
    EVP_PKEY *key = PEM_read_PrivateKey(from, NULL, NULL, NULL);
    fclose(from);
    return key;
}

static void write_both(const char *folder, const char *name, X509 *certificate, EVP_PKEY *key)
{
    char file[64];
    snprintf(file, sizeof(file), "%s.pem", name);
    FILE *to = fopen(folder_path(folder, file), "we");
    ck_assert_ptr_nonnull(to);
    PEM_write_X509(to, certificate);
    fclose(to);
    snprintf(file, sizeof(file), "%s.key", name);
    to = fopen(folder_path(folder, file), "we");
    ck_assert_ptr_nonnull(to);
    fchmod(fileno(to), 0600);
    PEM_write_PrivateKey(to, key, NULL, NULL, 0, NULL, NULL);
    fclose(to);
}

static void describe(X509 *certificate, X509 *issuer, enum certificate_kind kind)
{
    extend(certificate, issuer, NID_basic_constraints,
        kind == CERTIFICATE_CA ? "critical,CA:TRUE" : "CA:FALSE");
    extend(certificate, issuer, NID_subject_key_identifier, "hash");
    extend(certificate, issuer, NID_authority_key_identifier, "keyid");
    if (kind == CERTIFICATE_CA)
        extend(certificate, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
    else
        extend(certificate, issuer, NID_ext_key_usage,
            kind == CERTIFICATE_SERVER ? "serverAuth" : "clientAuth,codeSigning");
    if (kind == CERTIFICATE_SERVER)
        extend(certificate, issuer, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
}

void certificate_make(const char *folder, const char *name, const char *issuer,
    enum certificate_kind kind, int from_days, int to_days)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    X509 *by = issuer ? read_certificate(folder, issuer) : NULL;
    EVP_PKEY *signing = issuer ? read_key(folder, issuer) : NULL;
    ck_assert(key && certificate && (!issuer || (by && signing)));
    X509_set_version(certificate, X509_VERSION_3);
    number_it(certificate);
    name_it(certificate, name);
    X509_set_issuer_name(certificate, X509_get_subject_name(by ? by : certificate));
    X509_gmtime_adj(X509_getm_notBefore(certificate), from_days * DAY);
    X509_gmtime_adj(X509_getm_notAfter(certificate), to_days * DAY);
    X509_set_pubkey(certificate, key);
    describe(certificate, by ? by : certificate, kind);
    ck_assert_int_gt(X509_sign(certificate, signing ? signing : key, EVP_sha256()), 0);
    write_both(folder, name, certificate, key);
    X509_free(certificate);
    X509_free(by);
    EVP_PKEY_free(key);
    EVP_PKEY_free(signing);
}
