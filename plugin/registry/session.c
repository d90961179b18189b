#include "registry/session.h"

#include "http/copy.h"

#include "http/url.h"
#include "registry/challenge.h"
#include "registry/realm.h"

#include <stdio.h>
#include <string.h>

#define URL_MAX          2048
#define TOKEN_ANSWER_MAX ((uint64_t)64 << 10)

void session_url(
    const struct session *session, const struct session_request *request, char *url, size_t size)
{
    snprintf(url, size, "%s://%s/v2/%s/%s/%s",
        session->http->settings->accept_http ? "http" : "https", session->reference->host,
        session->reference->repository, request->part == SESSION_BLOB ? "blobs" : "manifests",
        request->name);
}

static int send_once(struct session *session, const struct session_request *request,
    struct http_response *ret_response)
{
    char url[URL_MAX];
    const struct http_settings *settings = session->http->settings;
    session_url(session, request, url, sizeof(url));
    struct http_request sent = {.url = url,
        .head = request->head,
        .accept = request->accept,
        .bearer = *session->token ? session->token : settings->bearer_token,
        .credentials = session->basic ? settings->credentials : NULL,
        .by_digest = sha256_is(request->name),
        .max_bytes = request->max_bytes,
        .limit = request->limit};
    return http_send(session->http, &sent, ret_response);
}

static int fail(struct session *session, const char *where, const char *sentence,
    const struct http_response *response)
{
    char hint[256] = "";
    if (response)
        http_encoding_hint(response, hint, sizeof(hint));
    return error_set(&session->http->err, ERROR_FAILED, "%.600s: %.300s%s", where, sentence, hint);
}

static int token_url(
    struct session *session, const struct challenge *challenge, char *url, size_t size)
{
    char scope[512];
    char registry[512];
    const char *known = reference_auth_host(session->reference);
    bool plain = session->http->settings->accept_http;
    struct error *err = &session->http->err, unused = {0};
    snprintf(
        registry, sizeof(registry), "%s://%s/", plain ? "http" : "https", session->reference->host);
    if (realm_check(challenge->realm, registry, known, plain, &unused) < 0 &&
        realm_check(challenge->realm, registry, session->auth_hosts, plain, err) < 0)
        return error_wrap(err, "%s", session->reference->host);
    snprintf(scope, sizeof(scope), "repository:%s:pull", session->reference->repository);
    if (url_add_query(challenge->realm, "service", challenge->service, url, size) < 0 ||
        url_add_query(url, "scope", *challenge->scope ? challenge->scope : scope, url, size) < 0)
        return fail(
            session, session->reference->host, "found a realm for tokens that is too long", NULL);
    return 0;
}

static int fetch_token(struct session *session, const struct challenge *challenge)
{
    char url[URL_MAX], where[512];
    struct http_response response = {0};
    if (token_url(session, challenge, url, sizeof(url)) < 0)
        return -1;
    struct http_request request = {.url = url,
        .credentials = session->http->settings->credentials,
        .max_bytes = TOKEN_ANSWER_MAX,
        .limit = "of a token"};
    url_plain(url, where, sizeof(where));
    if (http_send(session->http, &request, &response) < 0)
        return -1;
    int result = 0;
    if (response.status != 200)
        result = http_refuse_status(session->http, url, &response);
    else if (challenge_token(
                 response.bytes, response.length, session->token, sizeof(session->token)) < 0)
        result = fail(
            session, where, "found no token in the answer, expected {\"token\": …}", &response);
    http_response_finish(&response);
    return result;
}

/* 1: it is worth asking again; 0: it is not. */
static int authenticate(struct session *session, const struct http_response *response)
{
    struct challenge challenge;
    challenge_parse(response->challenge, &challenge);
    if (session->http->settings->bearer_token)
        return 0; /* the conf's own word was refused */
    if (challenge.bearer && *challenge.realm) {
        session->token[0] = '\0';
        session->basic = false;
        return fetch_token(session, &challenge) < 0 ? -1 : 1;
    }
    if (!challenge.basic || session->basic || !session->http->settings->credentials)
        return 0;
    session->basic = true;
    return 1;
}

int session_send(struct session *session, const struct session_request *request,
    struct http_response *ret_response)
{
    struct http_response response = {0};
    if (send_once(session, request, &response) < 0)
        return -1;
    if (response.status == 401 && !response.elsewhere) {
        int again = authenticate(session, &response);
        if (again != 0)
            http_response_finish(&response);
        if (again < 0 || (again > 0 && send_once(session, request, &response) < 0))
            return -1;
    }
    *ret_response = response;
    return 0;
}
