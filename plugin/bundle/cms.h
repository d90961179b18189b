/* A CMS SignedData as it came. Private to the room. */
#ifndef KD_BUNDLE_CMS_H
#define KD_BUNDLE_CMS_H

#include "bundle/bundle.h"

#include <openssl/cms.h>

bool cms_looks(const void *bytes, size_t length);
/* DER or PEM, with nothing in it that is not needed: every bit counts. `what` is for messages. Free
 * with CMS_ContentInfo_free. */
int cms_read(const void *bytes, size_t length, const char *what, CMS_ContentInfo **ret_cms,
    struct error *err);

#endif
