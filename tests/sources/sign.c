#include "sign.h"

#include <check.h>
#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <time.h>

static void extend(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    ck_assert_msg(extension != NULL, "%s", value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

struct identity identity_make(const struct identity_request *request)
{
    static long serial = 1;
    struct identity made = {.certificate = X509_new()};
    made.key = request->rsa_bits ? EVP_RSA_gen((unsigned)request->rsa_bits) : EVP_EC_gen("P-256");
    const struct identity *issuer = request->issuer ? request->issuer : &made;
    X509 *certificate = made.certificate;
    int64_t from = request->from || request->until ? request->from : -1;
    int64_t until = request->from || request->until ? request->until : 365;
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
        (const unsigned char *)request->name, -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(issuer->certificate));
    X509_time_adj_ex(X509_getm_notBefore(certificate), (int)from, 0, NULL);
    X509_time_adj_ex(X509_getm_notAfter(certificate), (int)until, 0, NULL);
    X509_set_pubkey(certificate, made.key);
    extend(certificate, issuer->certificate, NID_subject_key_identifier, "hash");
    if (request->authority)
        extend(certificate, issuer->certificate, NID_basic_constraints, "critical,CA:TRUE");
    extend(certificate, issuer->certificate, NID_key_usage,
        request->key_usage   ? request->key_usage
        : request->authority ? "critical,keyCertSign"
                             : "critical,digitalSignature");
    if (request->usage)
        extend(certificate, issuer->certificate, NID_ext_key_usage, request->usage);
    if (request->names)
        extend(certificate, issuer->certificate, NID_subject_alt_name, request->names);
    ck_assert_int_gt(X509_sign(certificate, issuer->key, EVP_sha256()), 0);
    return made;
}

void identity_finish(struct identity *identity)
{
    X509_free(identity->certificate);
    EVP_PKEY_free(identity->key);
    *identity = (struct identity){0};
}

void identity_write(const struct identity *identity, const char *path)
{
    FILE *file = fopen(path, "we");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(PEM_write_X509(file, identity->certificate), 1);
    fclose(file);
}

static void add_signer(
    CMS_ContentInfo *cms, const struct sign_request *request, const struct identity *signer)
{
    unsigned flags = CMS_BINARY | CMS_PARTIAL | (request->by_key ? CMS_USE_KEYID : 0) |
                     (request->no_time ? CMS_NOATTR : 0);
    CMS_SignerInfo *info = CMS_add1_signer(cms, signer->certificate, signer->key,
        request->digest ? request->digest : EVP_sha256(), flags);
    ck_assert_ptr_nonnull(info);
    if (request->day) {
        ASN1_TIME *at = ASN1_TIME_adj(NULL, time(NULL), (int)request->day, 0);
        ck_assert_int_eq(
            CMS_signed_add1_attr_by_NID(info, NID_pkcs9_signingTime, ASN1_STRING_type(at), at, -1),
            1);
        ASN1_TIME_free(at);
    }
    if (request->unsigned_attribute)
        ck_assert_int_eq(CMS_unsigned_add1_attr_by_NID(
                             info, NID_pkcs9_challengePassword, V_ASN1_UTF8STRING, "x", 1),
            1);
}

static void write_cms(
    CMS_ContentInfo *cms, const struct sign_request *request, BIO *content, struct tape *ret)
{
    BIO *memory = BIO_new(BIO_s_mem());
    char *bytes = NULL;
    int written = request->stream
                      ? i2d_CMS_bio_stream(memory, cms, content, CMS_STREAM | CMS_BINARY)
                  : request->pem ? PEM_write_bio_CMS_stream(memory, cms, NULL, 0)
                                 : i2d_CMS_bio(memory, cms);
    ck_assert_int_eq(written, 1);
    long length = BIO_get_mem_data(memory, &bytes);
    tape_add(ret, bytes, (size_t)length);
    BIO_free(memory);
}

void sign(const struct sign_request *request, const struct tape *bytes, struct tape *ret)
{
    unsigned flags = CMS_BINARY | CMS_PARTIAL | (request->around ? 0 : CMS_DETACHED) |
                     (request->stream ? CMS_STREAM : 0);
    BIO *content = BIO_new_mem_buf(bytes->bytes, (int)bytes->length);
    CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, flags);
    ck_assert_ptr_nonnull(cms);
    for (int i = 0; i < 2 && request->signers[i]; i++)
        add_signer(cms, request, request->signers[i]);
    if (request->between)
        ck_assert_int_eq(CMS_add1_cert(cms, request->between->certificate), 1);
    if (!request->signers[0] && request->around) /* OpenSSL does not end what nobody signs */
        ck_assert_int_eq(
            ASN1_OCTET_STRING_set(*CMS_get0_content(cms), bytes->bytes, (int)bytes->length), 1);
    if (!request->stream && request->signers[0])
        ck_assert_int_eq(CMS_final(cms, content, NULL, flags), 1);
    write_cms(cms, request, content, ret);
    CMS_ContentInfo_free(cms);
    BIO_free(content);
}
