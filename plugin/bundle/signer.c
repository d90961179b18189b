#include "signer.h"

#include "base/printable.h"
#include "bundle/log.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

#define NAME_MAX_BYTES 256
#define SECURITY_LEVEL 2 /* of OpenSSL: 112 bits; RSA of 2048, SHA-224 */

/* "CN=…", safe for a terminal. */
static void print_name(const X509 *certificate, char *text, size_t size)
{
    char line[NAME_MAX_BYTES] = "?";
    BIO *memory = BIO_new(BIO_s_mem());
    if (memory &&
        X509_NAME_print_ex(memory, X509_get_subject_name(certificate), 0, XN_FLAG_ONELINE) >= 0) {
        int length = BIO_read(memory, line, sizeof(line) - 1);
        line[length > 0 ? length : 0] = '\0';
    }
    BIO_free(memory);
    printable_copy(line, text, size);
}

static void print_day(int64_t seconds, char text[32])
{
    time_t at = (time_t)seconds;
    struct tm parts = {0};
    gmtime_r(&at, &parts);
    strftime(text, 32, "%Y-%m-%d %H:%M UTC", &parts);
}

/* It may be used to sign, and for code where that is asked for. */
static const char *usage_fault(const struct bundle_policy *policy, X509 *certificate)
{
    uint32_t flags = X509_get_extension_flags(certificate);
    if ((flags & EXFLAG_KUSAGE) && !(X509_get_key_usage(certificate) & KU_DIGITAL_SIGNATURE))
        return "its key usage lacks digitalSignature";
    if (policy->purpose != BUNDLE_CODESIGN)
        return NULL;
    if (!(flags & EXFLAG_XKUSAGE) || !(X509_get_extended_key_usage(certificate) & XKU_CODE_SIGN))
        return "its extended key usage lacks codeSigning, expected it (verify_purpose = codesign)";
    return NULL;
}

/* An authority that is limited to other purposes cannot hand this one on. The last of the chain is
 * ours: what stands in verify_ca is trusted as it is. */
static const char *chain_fault(const struct bundle_policy *policy, STACK_OF(X509) * chain)
{
    for (int i = 1; policy->purpose == BUNDLE_CODESIGN && i + 1 < sk_X509_num(chain); i++) {
        X509 *authority = sk_X509_value(chain, i);
        if ((X509_get_extension_flags(authority) & EXFLAG_XKUSAGE) &&
            !(X509_get_extended_key_usage(authority) & (XKU_CODE_SIGN | XKU_ANYEKU)))
            return "an authority above it may not sign for codeSigning (verify_purpose = codesign)";
    }
    return usage_fault(policy, sk_X509_value(chain, 0));
}

struct verdict {
    int error;                 /* X509_V_… */
    const char *fault;         /* a fault of ours, with error X509_V_OK */
    char name[NAME_MAX_BYTES]; /* of the certificate that is at fault */
    bool bad;
};

static bool prepare(const struct bundle_policy *policy, X509_STORE *store, int64_t at)
{
    X509_VERIFY_PARAM *param = X509_STORE_get0_param(store);
    STACK_OF(X509) *anchors = policy->ca;
    for (int i = 0; i < sk_X509_num(anchors); i++)
        if (!X509_STORE_add_cert(store, sk_X509_value(anchors, i)))
            return false;
    X509_VERIFY_PARAM_set_time(param, (time_t)at);
    X509_VERIFY_PARAM_set_auth_level(param, SECURITY_LEVEL);
    return X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN) &&
           X509_VERIFY_PARAM_set_purpose(
               param, policy->purpose == BUNDLE_SMIME ? X509_PURPOSE_SMIME_SIGN : X509_PURPOSE_ANY);
}

static struct verdict check_chain(
    const struct bundle_policy *policy, const struct signer *signer, int64_t at)
{
    struct verdict found = {.bad = true, .fault = "no memory"};
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    if (store && context && prepare(policy, store, at) &&
        X509_STORE_CTX_init(context, store, signer->certificate, signer->others)) {
        bool verified = X509_verify_cert(context) > 0;
        const X509 *guilty = X509_STORE_CTX_get_current_cert(context);
        found.error = verified ? X509_V_OK : X509_STORE_CTX_get_error(context);
        found.fault = verified ? chain_fault(policy, X509_STORE_CTX_get0_chain(context)) : NULL;
        found.bad = !verified || found.fault;
        print_name(
            guilty && !verified ? guilty : signer->certificate, found.name, sizeof(found.name));
    }
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    ERR_clear_error();
    return found;
}

static int report(const struct verdict *found, int64_t at, enum error_kind fault, struct error *err)
{
    char day[32];
    if (found->fault)
        return error_set(err, ERROR_INVALID, "signer %s: %s", found->name, found->fault);
    bool of_time = found->error == X509_V_ERR_CERT_NOT_YET_VALID ||
                   found->error == X509_V_ERR_CERT_HAS_EXPIRED;
    const char *said = X509_verify_cert_error_string(found->error);
    if (!of_time)
        return error_set(err, fault, "signer %s: %s (verify_ca)", found->name, said);
    print_day(at, day);
    return error_set(err, fault, "signer %s: %s, at %s (verify_time)", found->name, said, day);
}

/* A certificate that has not begun proves the clock wrong: nobody could have signed with it yet.
 * The time that the signer states is then the best that there is. */
static int check_by_signing_time(const struct bundle_policy *policy, const struct signer *signer,
    const struct verdict *former, int64_t at, const struct kd_host *host, struct error *err)
{
    char clock[32], stated[32];
    if (signer->signed_at <= at)
        return report(former, at, ERROR_LATER, err);
    struct verdict found = check_chain(policy, signer, signer->signed_at);
    if (found.bad)
        return report(&found, signer->signed_at, ERROR_INVALID, err);
    print_day(at, clock);
    print_day(signer->signed_at, stated);
    bundle_log(host, KD_LOG_WARNING,
        "the clock (%s) is before the signer's certificate: checked by the time of the signature, "
        "%s",
        clock, stated);
    return 0;
}

int signer_check(const struct bundle_policy *policy, const struct signer *signer, int64_t floor,
    const struct kd_host *host, struct error *err)
{
    int64_t now = (int64_t)time(NULL), at = now > floor ? now : floor;
    bool by_signing = policy->time == BUNDLE_SIGNING_TIME;
    if (by_signing && signer->signed_at == 0)
        return error_set(err, ERROR_INVALID,
            "found a signature without its time, expected one (verify_time = signing)");
    if (by_signing)
        at = signer->signed_at;
    struct verdict found = check_chain(policy, signer, at);
    if (!found.bad)
        return 0;
    bool early = found.error == X509_V_ERR_CERT_NOT_YET_VALID && !by_signing;
    if (early && policy->time == BUNDLE_CLOCK)
        return check_by_signing_time(policy, signer, &found, at, host, err);
    return report(&found, at, early ? ERROR_LATER : ERROR_INVALID, err);
}
