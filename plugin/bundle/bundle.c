#include "bundle/bundle.h"

#include "members.h"
#include "verify.h"
#include "version.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int32_t bundle_result(const struct error *err)
{
    return err->kind == ERROR_INVALID ? KD_FATAL : KD_RETRY;
}

/* The length goes first: else bytes could move between bundle and signature. */
static int digest_part(EVP_MD_CTX *context, const void *bytes, size_t length)
{
    uint64_t size = length;
    return EVP_DigestUpdate(context, &size, sizeof(size)) &&
           EVP_DigestUpdate(context, bytes, length);
}

int bundle_digest(const struct bundle_input *input, char ret_digest[SHA256_TEXT], struct error *err)
{
    unsigned char raw[SHA256_BYTES];
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int made = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL);
    if (made && input->signature)
        made = digest_part(context, input->signature, input->signature_length) &&
               digest_part(context, input->bytes, input->length);
    else if (made) /* as sha256sum prints it */
        made = EVP_DigestUpdate(context, input->bytes, input->length);
    made = made && EVP_DigestFinal_ex(context, raw, NULL);
    EVP_MD_CTX_free(context);
    if (!made)
        return error_set(err, ERROR_LATER, "no memory for its digest");
    sha256_print(raw, ret_digest);
    return 0;
}

bool bundle_unchanged(const struct bundle_policy *policy, const struct bundle_state *kept,
    const struct kd_have *have, const char *digest)
{
    return have->revision && strcmp(have->revision, digest) == 0 &&
           strcmp(kept->policy, policy->digest) == 0;
}

int bundle_read(const struct bundle_policy *policy, const struct bundle_input *input,
    struct bundle_state *state, const struct kd_host *host, struct kd_out *out, struct error *err)
{
    struct members members = {.policy = policy, .input = input, .host = host, .out = out};
    struct verified verified = {0};
    struct bundle_state next = *state;
    int result = -1;
    if (input->length == 0)
        return error_set(err, ERROR_SHORT, "it is empty");
    if (input->length > policy->max_file)
        return error_set(err, ERROR_INVALID, "found %zu bytes, expected at most %llu (max_file)",
            input->length, (unsigned long long)policy->max_file);
    if (verify(policy, input, state, host, &verified, err) == 0 &&
        members_read(&members, verified.bytes, verified.length, state->version, err) == 0) {
        snprintf(next.version, sizeof(next.version), "%s", members.version);
        snprintf(next.policy, sizeof(next.policy), "%s", policy->digest);
        if (verified.signed_at > next.signed_at)
            next.signed_at = verified.signed_at;
        *state = next;
        result = 0;
    }
    verified_finish(&verified);
    return result;
}

int bundle_check_bare(const struct bundle_policy *policy, struct bundle_state *state,
    const char *origin, const struct kd_host *host, struct error *err)
{
    if (version_check(policy, "", state->version, origin, host, err) < 0)
        return -1;
    state->version[0] = '\0';
    return 0;
}
