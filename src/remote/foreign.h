// SPDX-License-Identifier: GPL-3.0-or-later
// GnuTLS, libgsasl and libetpan, for the files of this folder: loaded by the first
// call, as mail/gmime.h says of GMime. What is used stands in the list and in the
// names below; one that is missing is an undefined reference of the program.
#ifndef REMOTE_FOREIGN_H
#define REMOTE_FOREIGN_H

#include "base/door.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <gsasl.h>
#include <libetpan/mailimap.h>
#include <libetpan/mailstream.h>

#define REMOTE_FUNCTIONS(X) \
	X(gnutls_alert_get) X(gnutls_alert_get_name) X(gnutls_alert_send) \
	X(gnutls_base64_encode2) X(gnutls_bye) \
	X(gnutls_certificate_allocate_credentials) \
	X(gnutls_certificate_free_credentials) X(gnutls_certificate_get_peers) \
	X(gnutls_certificate_set_verify_function) \
	X(gnutls_certificate_set_x509_system_trust) \
	X(gnutls_certificate_set_x509_trust_file) \
	X(gnutls_certificate_verification_status_print) \
	X(gnutls_certificate_verify_peers3) X(gnutls_credentials_set) X(gnutls_deinit) \
	X(gnutls_handshake) X(gnutls_hash) X(gnutls_hash_deinit) X(gnutls_hash_fast) \
	X(gnutls_hash_init) X(gnutls_idna_map) X(gnutls_init) \
	X(gnutls_priority_set_direct) X(gnutls_protocol_get_version) \
	X(gnutls_record_get_direction) X(gnutls_record_recv) X(gnutls_record_send) \
	X(gnutls_server_name_set) X(gnutls_session_channel_binding) \
	X(gnutls_session_ext_master_secret_status) X(gnutls_session_get_ptr) \
	X(gnutls_session_set_ptr) X(gnutls_strerror) X(gnutls_transport_set_int2) \
	X(gnutls_x509_crt_check_issuer) X(gnutls_x509_crt_deinit) \
	X(gnutls_x509_crt_get_activation_time) X(gnutls_x509_crt_get_dn3) \
	X(gnutls_x509_crt_get_dn_by_oid) X(gnutls_x509_crt_get_expiration_time) \
	X(gnutls_x509_crt_get_issuer_dn3) X(gnutls_x509_crt_get_key_id) \
	X(gnutls_x509_crt_get_subject_alt_name) X(gnutls_x509_crt_import) \
	X(gnutls_x509_crt_init) \
	X(gsasl_base64_from) X(gsasl_base64_to) X(gsasl_client_start) \
	X(gsasl_client_support_p) X(gsasl_done) X(gsasl_finish) X(gsasl_free) \
	X(gsasl_init) X(gsasl_property_set) X(gsasl_step) X(gsasl_strerror) \
	X(mailimap_free) X(mailimap_new) X(mailimap_parse_response) \
	X(mailimap_read_line) X(mailimap_response_free) X(mailstream_close) \
	X(mailstream_feed_read_buffer) X(mailstream_flush) X(mailstream_low_new) \
	X(mailstream_new) X(mailstream_read) X(mailstream_write)

struct remote_table {
	struct door_stamp stamp;   // first
	REMOTE_FUNCTIONS(DOOR_MEMBER)
	gnutls_free_function *free_at;   // a variable of GnuTLS
};
extern const struct remote_table remote_table; // only where it is linked (doors.c)

const struct remote_table *remote_door(void);  // never NULL; any thread

#ifndef DOOR_TABLES
#define gnutls_alert_get (remote_door()->gnutls_alert_get)
#define gnutls_alert_get_name (remote_door()->gnutls_alert_get_name)
#define gnutls_alert_send (remote_door()->gnutls_alert_send)
#define gnutls_base64_encode2 (remote_door()->gnutls_base64_encode2)
#define gnutls_bye (remote_door()->gnutls_bye)
#define gnutls_certificate_allocate_credentials (remote_door()->gnutls_certificate_allocate_credentials)
#define gnutls_certificate_free_credentials (remote_door()->gnutls_certificate_free_credentials)
#define gnutls_certificate_get_peers (remote_door()->gnutls_certificate_get_peers)
#define gnutls_certificate_set_verify_function (remote_door()->gnutls_certificate_set_verify_function)
#define gnutls_certificate_set_x509_system_trust (remote_door()->gnutls_certificate_set_x509_system_trust)
#define gnutls_certificate_set_x509_trust_file (remote_door()->gnutls_certificate_set_x509_trust_file)
#define gnutls_certificate_verification_status_print (remote_door()->gnutls_certificate_verification_status_print)
#define gnutls_certificate_verify_peers3 (remote_door()->gnutls_certificate_verify_peers3)
#define gnutls_credentials_set (remote_door()->gnutls_credentials_set)
#define gnutls_deinit (remote_door()->gnutls_deinit)
#define gnutls_handshake (remote_door()->gnutls_handshake)
#define gnutls_hash (remote_door()->gnutls_hash)
#define gnutls_hash_deinit (remote_door()->gnutls_hash_deinit)
#define gnutls_hash_fast (remote_door()->gnutls_hash_fast)
#define gnutls_hash_init (remote_door()->gnutls_hash_init)
#define gnutls_idna_map (remote_door()->gnutls_idna_map)
#define gnutls_init (remote_door()->gnutls_init)
#define gnutls_priority_set_direct (remote_door()->gnutls_priority_set_direct)
#define gnutls_protocol_get_version (remote_door()->gnutls_protocol_get_version)
#define gnutls_record_get_direction (remote_door()->gnutls_record_get_direction)
#define gnutls_record_recv (remote_door()->gnutls_record_recv)
#define gnutls_record_send (remote_door()->gnutls_record_send)
#define gnutls_server_name_set (remote_door()->gnutls_server_name_set)
#define gnutls_session_channel_binding (remote_door()->gnutls_session_channel_binding)
#define gnutls_session_ext_master_secret_status (remote_door()->gnutls_session_ext_master_secret_status)
#define gnutls_session_get_ptr (remote_door()->gnutls_session_get_ptr)
#define gnutls_session_set_ptr (remote_door()->gnutls_session_set_ptr)
#define gnutls_strerror (remote_door()->gnutls_strerror)
#define gnutls_transport_set_int2 (remote_door()->gnutls_transport_set_int2)
#define gnutls_x509_crt_check_issuer (remote_door()->gnutls_x509_crt_check_issuer)
#define gnutls_x509_crt_deinit (remote_door()->gnutls_x509_crt_deinit)
#define gnutls_x509_crt_get_activation_time (remote_door()->gnutls_x509_crt_get_activation_time)
#define gnutls_x509_crt_get_dn3 (remote_door()->gnutls_x509_crt_get_dn3)
#define gnutls_x509_crt_get_dn_by_oid (remote_door()->gnutls_x509_crt_get_dn_by_oid)
#define gnutls_x509_crt_get_expiration_time (remote_door()->gnutls_x509_crt_get_expiration_time)
#define gnutls_x509_crt_get_issuer_dn3 (remote_door()->gnutls_x509_crt_get_issuer_dn3)
#define gnutls_x509_crt_get_key_id (remote_door()->gnutls_x509_crt_get_key_id)
#define gnutls_x509_crt_get_subject_alt_name (remote_door()->gnutls_x509_crt_get_subject_alt_name)
#define gnutls_x509_crt_import (remote_door()->gnutls_x509_crt_import)
#define gnutls_x509_crt_init (remote_door()->gnutls_x509_crt_init)
#define gsasl_base64_from (remote_door()->gsasl_base64_from)
#define gsasl_base64_to (remote_door()->gsasl_base64_to)
#define gsasl_client_start (remote_door()->gsasl_client_start)
#define gsasl_client_support_p (remote_door()->gsasl_client_support_p)
#define gsasl_done (remote_door()->gsasl_done)
#define gsasl_finish (remote_door()->gsasl_finish)
#define gsasl_free (remote_door()->gsasl_free)
#define gsasl_init (remote_door()->gsasl_init)
#define gsasl_property_set (remote_door()->gsasl_property_set)
#define gsasl_step (remote_door()->gsasl_step)
#define gsasl_strerror (remote_door()->gsasl_strerror)
#define mailimap_free (remote_door()->mailimap_free)
#define mailimap_new (remote_door()->mailimap_new)
#define mailimap_parse_response (remote_door()->mailimap_parse_response)
#define mailimap_read_line (remote_door()->mailimap_read_line)
#define mailimap_response_free (remote_door()->mailimap_response_free)
// libetpan names members of a driver like these, so only calls are replaced.
#define mailstream_close(...) (remote_door()->mailstream_close(__VA_ARGS__))
#define mailstream_feed_read_buffer(...) (remote_door()->mailstream_feed_read_buffer(__VA_ARGS__))
#define mailstream_flush(...) (remote_door()->mailstream_flush(__VA_ARGS__))
#define mailstream_low_new(...) (remote_door()->mailstream_low_new(__VA_ARGS__))
#define mailstream_new(...) (remote_door()->mailstream_new(__VA_ARGS__))
#define mailstream_read(...) (remote_door()->mailstream_read(__VA_ARGS__))
#define mailstream_write(...) (remote_door()->mailstream_write(__VA_ARGS__))
#define gnutls_free (*remote_door()->free_at)
#endif

#endif
