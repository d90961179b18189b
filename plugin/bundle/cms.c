#include "cms.h"

#include "strict.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

#define PEM_BEGIN "-----BEGIN "
#define DER_BEGIN 0x30 /* a SEQUENCE; no archive begins so */

bool cms_looks(const void *bytes, size_t length)
{
    size_t pem = strlen(PEM_BEGIN);
    return length > 0 && (*(const unsigned char *)bytes == DER_BEGIN ||
                             (length > pem && memcmp(bytes, PEM_BEGIN, pem) == 0));
}

static bool is_end_of_pem(const char *bytes, size_t length)
{
    while (length > 0 && (*bytes == '\n' || *bytes == '\r')) {
        bytes++;
        length--;
    }
    return length == 0;
}

/* Written again it must be the same: else bits could change that nobody notices. */
static bool is_plain_pem(
    const char *name, const unsigned char *der, long der_length, const char *bytes, size_t length)
{
    BIO *memory = BIO_new(BIO_s_mem());
    char *again = NULL;
    bool plain = false;
    if (memory && PEM_write_bio(memory, name, "", der, der_length) > 0) {
        long size = BIO_get_mem_data(memory, &again);
        plain = size > 0 && (size_t)size <= length && memcmp(again, bytes, (size_t)size) == 0 &&
                is_end_of_pem(bytes + size, length - (size_t)size);
    }
    BIO_free(memory);
    return plain;
}

static int refuse(struct error *err, const char *what, const char *found)
{
    return error_set(
        err, ERROR_INVALID, "%s: %s, expected a CMS signature in DER or PEM", what, found);
}

static int read_der(const unsigned char *der, size_t length, const char *what,
    CMS_ContentInfo **ret_cms, struct error *err)
{
    const unsigned char *at = der;
    unsigned char *again = NULL;
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)length);
    if (!cms || OBJ_obj2nid(CMS_get0_type(cms)) != NID_pkcs7_signed) {
        CMS_ContentInfo_free(cms);
        return refuse(err, what, "found something else, or the end of one is missing");
    }
    int size = i2d_CMS_ContentInfo(cms, &again);
    bool same = size > 0 && (size_t)size == length && memcmp(again, der, length) == 0;
    OPENSSL_free(again);
    if (!same) {
        CMS_ContentInfo_free(cms);
        return refuse(
            err, what, "found bytes that do not belong there, or BER (made with -stream)");
    }
    const char *fault = strict_versions(der, length);
    if (!fault && OBJ_obj2nid(CMS_get0_eContentType(cms)) != NID_pkcs7_data)
        fault = "found content of another type than data";
    if (fault) {
        CMS_ContentInfo_free(cms);
        return refuse(err, what, fault);
    }
    *ret_cms = cms;
    return 0;
}

static int read_pem(const void *bytes, size_t length, const char *what, CMS_ContentInfo **ret_cms,
    struct error *err)
{
    BIO *memory = BIO_new_mem_buf(bytes, (int)length);
    char *name = NULL, *header = NULL;
    unsigned char *der = NULL;
    long der_length = 0;
    int result = -1;
    if (!memory || !PEM_read_bio(memory, &name, &header, &der, &der_length))
        refuse(err, what, "found a damaged PEM");
    else if (strcmp(name, PEM_STRING_CMS) != 0 && strcmp(name, PEM_STRING_PKCS7) != 0)
        refuse(err, what, "found a PEM of something else");
    else if (!is_plain_pem(name, der, der_length, bytes, length))
        refuse(err, what, "found a PEM with more in it than its lines");
    else
        result = read_der(der, (size_t)der_length, what, ret_cms, err);
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_free(der);
    BIO_free(memory);
    return result;
}

int cms_read(const void *bytes, size_t length, const char *what, CMS_ContentInfo **ret_cms,
    struct error *err)
{
    int result = !cms_looks(bytes, length) ? refuse(err, what, "found something else")
                 : *(const unsigned char *)bytes == DER_BEGIN
                     ? read_der(bytes, length, what, ret_cms, err)
                     : read_pem(bytes, length, what, ret_cms, err);
    ERR_clear_error();
    return result;
}
