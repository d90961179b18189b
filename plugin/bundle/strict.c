#include "strict.h"

#include <openssl/objects.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A place in DER that OpenSSL has accepted as such. */
struct der {
    const unsigned char *at, *end;
};

struct element {
    int tag, tag_class; /* V_ASN1_… */
    struct der content;
};

static bool take(struct der *der, struct element *ret_element)
{
    const unsigned char *at = der->at;
    long length = 0;
    int tag = 0, tag_class = 0;
    if (ASN1_get_object(&at, &length, &tag, &tag_class, der->end - der->at) & 0x80)
        return false;
    *ret_element =
        (struct element){.tag = tag, .tag_class = tag_class, .content = {at, at + length}};
    der->at = at + length;
    return true;
}

static bool is(const struct element *element, int tag_class, int tag)
{
    return element->tag_class == tag_class && element->tag == tag;
}

/* A version of one byte; -1: none. */
static int take_version(struct der *der)
{
    struct element element;
    if (!take(der, &element) || !is(&element, V_ASN1_UNIVERSAL, V_ASN1_INTEGER) ||
        element.content.end - element.content.at != 1)
        return -1;
    return *element.content.at;
}

/* The set of digest algorithms: without parameters, or with NULL. */
static bool are_digests(struct der digests)
{
    struct element algorithm, part;
    while (digests.at < digests.end) {
        if (!take(&digests, &algorithm) || !take(&algorithm.content, &part))
            return false;
        if (algorithm.content.at < algorithm.content.end &&
            (!take(&algorithm.content, &part) || !is(&part, V_ASN1_UNIVERSAL, V_ASN1_NULL)))
            return false;
    }
    return true;
}

/* Of all signers: 1 or 3, the highest; -1: one of them is wrong. */
static int signers_version(struct der signers)
{
    int highest = 1;
    while (signers.at < signers.end) {
        struct element signer, name;
        if (!take(&signers, &signer))
            return -1;
        int version = take_version(&signer.content);
        if (!take(&signer.content, &name) ||
            version != (name.tag_class == V_ASN1_UNIVERSAL ? 1 : 3))
            return -1;
        highest = version > highest ? version : highest;
    }
    return highest;
}

const char *strict_versions(const unsigned char *der, size_t length)
{
    struct der outer = {der, der + length};
    struct element all, type, wrapped, data, digests, content, next;
    if (!take(&outer, &all) || !take(&all.content, &type) || !take(&all.content, &wrapped) ||
        !take(&wrapped.content, &data))
        return "found no SignedData";
    int version = take_version(&data.content);
    if (!take(&data.content, &digests) || !take(&data.content, &content))
        return "found no SignedData";
    if (!are_digests(digests.content))
        return "found a digest with parameters";
    do /* certificates [0] and crls [1] may come before the set of signers */
        if (!take(&data.content, &next))
            return "found no signers";
    while (next.tag_class != V_ASN1_UNIVERSAL);
    int expected = signers_version(next.content);
    return expected < 0 || version != expected ? "found a version that does not fit" : NULL;
}

/* Bit for bit: OpenSSL compares names as people read them. */
static bool same_name(X509_NAME *a, X509_NAME *b)
{
    unsigned char *bytes_a = NULL, *bytes_b = NULL;
    int length_a = i2d_X509_NAME(a, &bytes_a), length_b = i2d_X509_NAME(b, &bytes_b);
    bool same =
        length_a > 0 && length_a == length_b && memcmp(bytes_a, bytes_b, (size_t)length_a) == 0;
    OPENSSL_free(bytes_a);
    OPENSSL_free(bytes_b);
    return same;
}

static bool is_plain(const X509_ALGOR *digest)
{
    int kind = V_ASN1_UNDEF;
    if (digest)
        X509_ALGOR_get0(NULL, &kind, NULL, digest);
    return kind == V_ASN1_UNDEF || kind == V_ASN1_NULL;
}

static bool is_plain_pss(const ASN1_STRING *parameters)
{
    RSA_PSS_PARAMS *pss = ASN1_item_unpack(parameters, ASN1_ITEM_rptr(RSA_PSS_PARAMS));
    const void *mask = NULL;
    int kind = V_ASN1_UNDEF;
    if (pss && pss->maskGenAlgorithm)
        X509_ALGOR_get0(NULL, &kind, &mask, pss->maskGenAlgorithm);
    X509_ALGOR *digest =
        kind == V_ASN1_SEQUENCE ? ASN1_item_unpack(mask, ASN1_ITEM_rptr(X509_ALGOR)) : NULL;
    bool plain =
        pss && (digest || kind == V_ASN1_UNDEF) && is_plain(pss->hashAlgorithm) && is_plain(digest);
    X509_ALGOR_free(digest);
    RSA_PSS_PARAMS_free(pss);
    return plain;
}

/* "rsaEncryption", or one that names the digest, too; parameters where they mean something. */
static bool is_algorithm_of(const X509_ALGOR *signature, const X509_ALGOR *digest)
{
    const ASN1_OBJECT *object = NULL, *digest_object = NULL;
    const void *parameters = NULL;
    int kind = 0, named = NID_undef;
    X509_ALGOR_get0(&object, &kind, &parameters, signature);
    X509_ALGOR_get0(&digest_object, NULL, NULL, digest);
    int nid = OBJ_obj2nid(object);
    if (nid == NID_rsaEncryption)
        return kind == V_ASN1_NULL;
    if (nid == NID_rsassaPss)
        return kind == V_ASN1_SEQUENCE && is_plain_pss(parameters);
    if (nid == NID_ED25519 || nid == NID_ED448)
        return kind == V_ASN1_UNDEF;
    if (!OBJ_find_sigid_algs(nid, &named, NULL) || named != OBJ_obj2nid(digest_object))
        return false;
    return kind == V_ASN1_UNDEF || kind == V_ASN1_NULL;
}

const char *strict_signer(CMS_SignerInfo *info)
{
    X509 *certificate = NULL;
    X509_ALGOR *digest = NULL, *signature = NULL;
    ASN1_OCTET_STRING *key = NULL;
    X509_NAME *issuer = NULL;
    ASN1_INTEGER *serial = NULL;
    CMS_SignerInfo_get0_algs(info, NULL, &certificate, &digest, &signature);
    if (!CMS_SignerInfo_get0_signer_id(info, &key, &issuer, &serial))
        return "found a signer without a name";
    if (issuer && !same_name(issuer, X509_get_issuer_name(certificate)))
        return "found a signer's issuer that is written otherwise than in its certificate";
    return is_plain(digest) && is_algorithm_of(signature, digest)
               ? NULL
               : "found a signature algorithm that does not fit";
}
