# Unit tests of src/fetch.
foreach(name
        json_text
        url
        message
        pattern
        template
        request
        judge
        manners
        paging
        auth
        auth_session
        auth_hmac
        auth_lgspaccesstoken
        auth_jwt
        auth_certificate
        network
        scrub
        reception
        replay
        recorder
        fetch
        curl
        curl_certificate
        tls)
        unit_test(fetch ${name})
endforeach()
