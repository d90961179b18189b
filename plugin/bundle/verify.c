#include "verify.h"

#include "base/hex.h"
#include "bundle/log.h"
#include "cms.h"
#include "signer.h"
#include "strict.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>
#include <time.h>

#define SIGNERS_MAX 8

int verify_read_ca(
    struct bundle_policy *policy, const void *bytes, size_t length, struct error *err)
{
    BIO *memory = BIO_new_mem_buf(bytes, (int)length);
    STACK_OF(X509) *anchors = sk_X509_new_null();
    X509 *one = NULL;
    while (memory && anchors && (one = PEM_read_bio_X509(memory, NULL, NULL, NULL)))
        if (!sk_X509_push(anchors, one))
            X509_free(one);
    BIO_free(memory);
    /* The end of the file is the one error that must be there. */
    bool ended = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    verify_free_ca(policy);
    if (!ended || sk_X509_num(anchors) < 1) {
        sk_X509_pop_free(anchors, X509_free);
        return error_set(err, ERROR_INVALID,
            ended ? "found no certificate, expected some in PEM" : "found a damaged certificate");
    }
    policy->ca = anchors;
    return 0;
}

void verify_free_ca(struct bundle_policy *policy)
{
    sk_X509_pop_free(policy->ca, X509_free);
    policy->ca = NULL;
}

static int digest_anchors(EVP_MD_CTX *context, STACK_OF(X509) * anchors)
{
    unsigned char one[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    int made = 1;
    for (int i = 0; made && i < sk_X509_num(anchors); i++)
        made = X509_digest(sk_X509_value(anchors, i), EVP_sha256(), one, &length) &&
               EVP_DigestUpdate(context, one, length);
    return made;
}

int verify_digest_policy(struct bundle_policy *policy, struct error *err)
{
    uint64_t numbers[] = {policy->max_file, policy->max_total, policy->max_bytes,
        policy->max_members, policy->max_ratio, policy->verify, policy->purpose, policy->time};
    unsigned char raw[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int made = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) &&
               EVP_DigestUpdate(context, numbers, sizeof(numbers)) &&
               (!policy->verify || digest_anchors(context, policy->ca)) &&
               EVP_DigestFinal_ex(context, raw, NULL);
    EVP_MD_CTX_free(context);
    if (!made)
        return error_set(err, ERROR_LATER, "no memory");
    hex_print(raw, SHA256_BYTES, policy->digest);
    return 0;
}

/* 0: it does not say. */
static int64_t signing_time(CMS_SignerInfo *info)
{
    const ASN1_TYPE *value =
        CMS_signed_get0_data_by_OBJ(info, OBJ_nid2obj(NID_pkcs9_signingTime), -3, V_ASN1_UTCTIME);
    if (!value)
        value = CMS_signed_get0_data_by_OBJ(
            info, OBJ_nid2obj(NID_pkcs9_signingTime), -3, V_ASN1_GENERALIZEDTIME);
    struct tm parts = {0};
    if (!value || !ASN1_TIME_to_tm((const ASN1_TIME *)value, &parts))
        return 0;
    int64_t at = timegm(&parts);
    return at > 0 ? at : 0;
}

static bool is_strong(const X509_ALGOR *digest)
{
    const ASN1_OBJECT *object = NULL;
    X509_ALGOR_get0(&object, NULL, NULL, digest);
    int nid = OBJ_obj2nid(object);
    return nid == NID_sha256 || nid == NID_sha384 || nid == NID_sha512;
}

/* Before anything is computed: who signed, and how. */
static int check_signers(CMS_ContentInfo *cms, struct error *err)
{
    STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(cms);
    int count = sk_CMS_SignerInfo_num(signers);
    if (count < 1 || count > SIGNERS_MAX)
        return error_set(err, ERROR_INVALID, "found %d signers, expected 1 to %d",
            count < 0 ? 0 : count, SIGNERS_MAX);
    for (int i = 0; i < count; i++) {
        CMS_SignerInfo *info = sk_CMS_SignerInfo_value(signers, i);
        X509_ALGOR *digest = NULL;
        CMS_SignerInfo_get0_algs(info, NULL, NULL, &digest, NULL);
        if (!is_strong(digest))
            return error_set(err, ERROR_INVALID,
                "found a signature with a weak digest, expected sha256, sha384 or sha512");
        if (CMS_unsigned_get_attr_count(info) > 0)
            return error_set(err, ERROR_INVALID,
                "found attributes in the signature that are not signed, expected none");
    }
    return 0;
}

/* Behind a filter, as CMS_verify makes a BIO of its own of one in memory and leaks it where the
 * signature names a digest that it does not know (OpenSSL 3.0.19). */
static BIO *content_of(const struct bundle_input *detached)
{
    BIO *memory = BIO_new_mem_buf(detached->bytes, (int)detached->length);
    BIO *filter = BIO_new(BIO_f_null());
    if (memory && filter)
        return BIO_push(filter, memory);
    BIO_free(memory);
    BIO_free(filter);
    return NULL;
}

static int check_bytes(const struct bundle_policy *policy, CMS_ContentInfo *cms,
    const struct bundle_input *detached, struct error *err)
{
    BIO *content = detached ? content_of(detached) : NULL;
    unsigned flags = CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY;
    int good =
        (content || !detached) && CMS_verify(cms, policy->ca, NULL, content, NULL, flags) == 1;
    BIO_free_all(content);
    if (good)
        return 0;
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    return error_set(err, ERROR_INVALID,
        "the signature is not of these bytes: %s (verify = required)",
        reason ? reason : "no reason");
}

static int check_certificates(const struct bundle_policy *policy, CMS_ContentInfo *cms,
    int64_t floor, const struct kd_host *host, int64_t *ret_signed_at, struct error *err)
{
    STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(cms);
    STACK_OF(X509) *others = CMS_get1_certs(cms);
    int result = 0;
    for (int i = 0; result == 0 && i < sk_CMS_SignerInfo_num(signers); i++) {
        CMS_SignerInfo *info = sk_CMS_SignerInfo_value(signers, i);
        struct signer signer = {.others = others, .signed_at = signing_time(info)};
        const char *fault = strict_signer(info);
        CMS_SignerInfo_get0_algs(info, NULL, &signer.certificate, NULL, NULL);
        result = fault ? error_set(err, ERROR_INVALID, "the signature: %s", fault)
                       : signer_check(policy, &signer, floor, host, err);
        if (signer.signed_at > *ret_signed_at)
            *ret_signed_at = signer.signed_at;
    }
    sk_X509_pop_free(others, X509_free);
    return result;
}

static int verify_cms(const struct bundle_policy *policy, CMS_ContentInfo *cms,
    const struct bundle_input *detached, int64_t floor, const struct kd_host *host,
    int64_t *ret_signed_at, struct error *err)
{
    int result = check_signers(cms, err);
    if (result == 0)
        result = check_bytes(policy, cms, detached, err);
    if (result == 0)
        result = check_certificates(policy, cms, floor, host, ret_signed_at, err);
    ERR_clear_error();
    return result;
}

/* Around it, or beside it; never both. */
static int take_cms(
    const struct bundle_input *input, bool around, CMS_ContentInfo **ret_cms, struct error *err)
{
    if (around && input->signature)
        return error_set(err, ERROR_INVALID,
            "found a signature around the bundle and one beside it, expected one");
    if (around && cms_read(input->bytes, input->length, "the CMS", ret_cms, err) < 0)
        return -1;
    if (!around && cms_read(input->signature, input->signature_length, "the signature beside it",
                       ret_cms, err) < 0)
        return -1;
    if (around == (CMS_is_detached(*ret_cms) == 0))
        return 0;
    return error_set(err, ERROR_INVALID,
        around ? "found a signature alone, expected a bundle in it, or one it lies beside"
               : "the signature beside it: found one with content, expected a detached one");
}

static int take_content(CMS_ContentInfo *cms, struct verified *verified, struct error *err)
{
    ASN1_OCTET_STRING **content = CMS_get0_content(cms);
    if (!content || !*content)
        return error_set(err, ERROR_INVALID, "the CMS: found no data in it, expected a bundle");
    verified->bytes = ASN1_STRING_get0_data(*content);
    verified->length = (size_t)ASN1_STRING_length(*content);
    return 0;
}

int verify(const struct bundle_policy *policy, const struct bundle_input *input,
    const struct bundle_state *kept, const struct kd_host *host, struct verified *ret_verified,
    struct error *err)
{
    CMS_ContentInfo *cms = NULL;
    int64_t floor = kept->signed_at > KD_BUILD_TIME ? kept->signed_at : KD_BUILD_TIME;
    bool around = cms_looks(input->bytes, input->length);
    struct verified verified = {.bytes = input->bytes, .length = input->length};
    if (!around && !input->signature && policy->verify)
        return error_set(err, ERROR_INVALID,
            "found no signature, expected one around it or beside it (verify = required)");
    if (around || input->signature)
        if (!policy->verify)
            bundle_log(host, KD_LOG_INFO, "%s: %s", input->origin,
                "its signature is not looked at (verify = no)");
    int result = around || policy->verify ? take_cms(input, around, &cms, err) : 0;
    if (result == 0 && policy->verify)
        result =
            verify_cms(policy, cms, around ? NULL : input, floor, host, &verified.signed_at, err);
    if (result == 0 && around)
        result = take_content(cms, &verified, err);
    if (result < 0 || !around) {
        CMS_ContentInfo_free(cms);
        cms = NULL;
    }
    verified.owner = cms;
    if (result == 0)
        *ret_verified = verified;
    return result;
}

void verified_finish(struct verified *verified)
{
    CMS_ContentInfo_free(verified->owner);
    *verified = (struct verified){0};
}
