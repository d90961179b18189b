/* Certificates of servers and devices, as files. */
#ifndef KD_TESTS_CERTIFICATE_H
#define KD_TESTS_CERTIFICATE_H

enum certificate_kind { CERTIFICATE_CA, CERTIFICATE_SERVER, CERTIFICATE_CLIENT };

/* FOLDER/NAME.pem and FOLDER/NAME.key, signed by an ISSUER that was made before (NULL: by itself),
 * valid from `from_days` until `to_days` (of now, negative: ago). A server's is for localhost and
 * 127.0.0.1, a client may sign code as well. */
void certificate_make(const char *folder, const char *name, const char *issuer,
    enum certificate_kind kind, int from_days, int to_days);

#endif
