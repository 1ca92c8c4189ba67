-- The place in a reply where a figure stands: a stored body is unpacked, its record found, and what stands around the number shown.

-- A Huffman code as a table to look up the next bits in: first the length of the longest code, then for all bits of that length 16 x symbol + length.
create or replace function comply.huffman(p_lengths integer[])
returns integer[]
language plpgsql
immutable
set search_path = ''
as $$
declare
        v_max integer := (select max(l) from unnest(p_lengths) l);
        v_next integer[] := array_fill(0, array[16]);
        v_table integer[];
        v_code integer := 0;
        v_length integer;
        v_place integer;
begin
        v_table := array_fill(0, array[(1 << v_max) + 1]);
        v_table[1] := v_max;
        for v_bits in 1 .. v_max loop
                v_next[v_bits] := v_code;
                v_code := (v_code + (select count(*) from unnest(p_lengths) l where l = v_bits)::integer) << 1;
        end loop;
        for v_symbol in 0 .. cardinality(p_lengths) - 1 loop
                v_length := p_lengths[v_symbol + 1];
                continue when v_length = 0;
                v_code := v_next[v_length];
                v_next[v_length] := v_code + 1;
                v_place := 0;
                for v_bit in 0 .. v_length - 1 loop
                        v_place := (v_place << 1) | ((v_code >> v_bit) & 1);
                end loop;
                while v_place < 1 << v_max loop
                        v_table[v_place + 2] := v_symbol * 16 + v_length;
                        v_place := v_place + (1 << v_length);
                end loop;
        end loop;
        return v_table;
end
$$;
comment on function comply.huffman(integer[]) is 'Lookup table of a canonical Huffman code (RFC 1951, 3.2.2) from the lengths of its codes.';

create or replace function comply.inflate(p_packed bytea)
returns bytea
language plpgsql
immutable
set search_path = ''
as $$
declare
        c_length_base constant integer[] := array[3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
        c_length_more constant integer[] := array[0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
        c_back_base constant integer[] := array[1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577];
        c_back_more constant integer[] := array[0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13];
        c_order constant integer[] := array[16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
        v_size constant integer := length(p_packed);
        v_pos integer := 2;
        v_bits bigint := 0;
        v_count integer := 0;
        v_is_last boolean := false;
        v_type integer;
        v_out integer[] := array[]::integer[];
        v_len integer := 0;
        v_lengths integer[];
        v_codes integer[];
        v_backs integer[];
        v_literals integer;
        v_distances integer;
        v_entry integer;
        v_symbol integer;
        v_again integer;
        v_run integer;
        v_back integer;
begin
        if v_size < 6 or get_byte(p_packed, 0) & 15 <> 8 then
                raise exception 'not a zlib stream' using errcode = '22000';
        end if;
        while not v_is_last loop
                while v_count <= 48 and v_pos < v_size loop
                        v_bits := v_bits | (get_byte(p_packed, v_pos)::bigint << v_count);
                        v_pos := v_pos + 1;
                        v_count := v_count + 8;
                end loop;
                v_is_last := v_bits & 1 = 1;
                v_type := (v_bits >> 1) & 3;
                v_bits := v_bits >> 3;
                v_count := v_count - 3;
                if v_type = 0 then
                        v_pos := v_pos - v_count / 8;
                        v_bits := 0;
                        v_count := 0;
                        v_run := get_byte(p_packed, v_pos) + 256 * get_byte(p_packed, v_pos + 1);
                        for v_i in v_pos + 4 .. v_pos + 3 + v_run loop
                                v_len := v_len + 1;
                                v_out[v_len] := get_byte(p_packed, v_i);
                        end loop;
                        v_pos := v_pos + 4 + v_run;
                        continue;
                end if;
                if v_type = 1 then
                        v_codes := comply.huffman(array_fill(8, array[144]) || array_fill(9, array[112]) || array_fill(7, array[24]) || array_fill(8, array[8]));
                        v_backs := comply.huffman(array_fill(5, array[32]));
                else
                        v_literals := (v_bits & 31) + 257;
                        v_distances := ((v_bits >> 5) & 31) + 1;
                        v_run := ((v_bits >> 10) & 15) + 4;
                        v_bits := v_bits >> 14;
                        v_count := v_count - 14;
                        v_lengths := array_fill(0, array[19]);
                        for v_i in 1 .. v_run loop
                                if v_count < 3 then
                                        v_bits := v_bits | (get_byte(p_packed, v_pos)::bigint << v_count);
                                        v_pos := v_pos + 1;
                                        v_count := v_count + 8;
                                end if;
                                v_lengths[c_order[v_i] + 1] := v_bits & 7;
                                v_bits := v_bits >> 3;
                                v_count := v_count - 3;
                        end loop;
                        v_codes := comply.huffman(v_lengths);
                        v_lengths := '{}';
                        while cardinality(v_lengths) < v_literals + v_distances loop
                                while v_count <= 48 and v_pos < v_size loop
                                        v_bits := v_bits | (get_byte(p_packed, v_pos)::bigint << v_count);
                                        v_pos := v_pos + 1;
                                        v_count := v_count + 8;
                                end loop;
                                v_entry := v_codes[(v_bits & ((1 << v_codes[1]) - 1)) + 2];
                                v_bits := v_bits >> (v_entry & 15);
                                v_count := v_count - (v_entry & 15);
                                v_symbol := v_entry >> 4;
                                if v_symbol < 16 then
                                        v_lengths := v_lengths || v_symbol;
                                        continue;
                                end if;
                                v_again := case v_symbol when 16 then v_lengths[cardinality(v_lengths)] else 0 end;
                                v_run := case v_symbol when 16 then 2 when 17 then 3 else 7 end;
                                v_lengths := v_lengths || array_fill(v_again, array[(v_bits & ((1 << v_run) - 1))::integer + case v_symbol when 18 then 11 else 3 end]);
                                v_bits := v_bits >> v_run;
                                v_count := v_count - v_run;
                        end loop;
                        v_codes := comply.huffman(v_lengths[1 : v_literals]);
                        v_backs := comply.huffman(v_lengths[v_literals + 1 : v_literals + v_distances]);
                end if;
                loop
                        while v_count <= 48 and v_pos < v_size loop
                                v_bits := v_bits | (get_byte(p_packed, v_pos)::bigint << v_count);
                                v_pos := v_pos + 1;
                                v_count := v_count + 8;
                        end loop;
                        v_entry := v_codes[(v_bits & ((1 << v_codes[1]) - 1)) + 2];
                        if v_entry = 0 or v_count <= 0 then
                                raise exception 'a broken zlib stream' using errcode = '22000';
                        end if;
                        v_bits := v_bits >> (v_entry & 15);
                        v_count := v_count - (v_entry & 15);
                        v_symbol := v_entry >> 4;
                        if v_symbol < 256 then
                                v_len := v_len + 1;
                                v_out[v_len] := v_symbol;
                                continue;
                        end if;
                        exit when v_symbol = 256;
                        v_symbol := v_symbol - 256;
                        v_run := c_length_base[v_symbol] + (v_bits & ((1 << c_length_more[v_symbol]) - 1))::integer;
                        v_bits := v_bits >> c_length_more[v_symbol];
                        v_count := v_count - c_length_more[v_symbol];
                        v_entry := v_backs[(v_bits & ((1 << v_backs[1]) - 1)) + 2];
                        v_bits := v_bits >> (v_entry & 15);
                        v_count := v_count - (v_entry & 15);
                        v_symbol := (v_entry >> 4) + 1;
                        v_back := c_back_base[v_symbol] + (v_bits & ((1 << c_back_more[v_symbol]) - 1))::integer;
                        v_bits := v_bits >> c_back_more[v_symbol];
                        v_count := v_count - c_back_more[v_symbol];
                        if v_back > v_len then
                                raise exception 'a broken zlib stream' using errcode = '22000';
                        end if;
                        for v_i in 1 .. v_run loop
                                v_len := v_len + 1;
                                v_out[v_len] := v_out[v_len - v_back];
                        end loop;
                end loop;
        end loop;
        return coalesce((select decode(string_agg(lpad(to_hex(b.value), 2, '0'), '' order by b.nth), 'hex') from unnest(v_out) with ordinality b (value, nth)), '');
end
$$;
comment on function comply.inflate(bytea) is 'What a zlib stream (RFC 1950, 1951) holds: stored bodies are such streams, and the server has no function for them.';

-- A number as it may be written: as it is, or with points between thousands. What is part of a date, a code or a longer number is none.
create or replace function comply.around_number(p_text text, p_value numeric)
returns text
language plpgsql
immutable
set search_path = ''
as $$
declare
        c_number constant text := '(?<![0-9A-Za-z._/-])-?[0-9]+([.][0-9]+)*(?![0-9A-Za-z_/:-])';
        v_token text;
        v_place integer;
begin
        for v_nth in 1 .. least(regexp_count(p_text, c_number), 1000) loop
                v_token := regexp_substr(p_text, c_number, 1, v_nth);
                if (v_token ~ '^-?[0-9]+([.][0-9]+)?$' and v_token::numeric = p_value)
                        or (v_token ~ '^-?[0-9]{1,3}([.][0-9]{3})+$' and replace(v_token, '.', '')::numeric = p_value) then
                        v_place := regexp_instr(p_text, c_number, 1, v_nth);
                        return case when v_place > 61 then '...' else '' end
                                || regexp_replace(substr(p_text, greatest(1, v_place - 60), 120 - greatest(0, 61 - v_place)), '\s+', ' ', 'g')
                                || case when length(p_text) > v_place + 59 then '...' else '' end;
                end if;
        end loop;
        return null;
end
$$;
comment on function comply.around_number(text, numeric) is 'At most 120 characters of a text, around a number that stands in it; null: it does not.';

create or replace function comply.excerpt(p_body text, p_record bigint, p_value numeric)
returns text
language plpgsql
immutable
set search_path = ''
as $$
declare
        v_lines text[];
begin
        begin
                return (
                        with recursive node (item) as (
                                select p_body::json
                                union all
                                select c.value
                                from node n
                                cross join lateral (
                                        select e.value from json_each(case json_typeof(n.item) when 'object' then n.item else '{}' end) e
                                        union all
                                        select a.value from json_array_elements(case json_typeof(n.item) when 'array' then n.item else '[]' end) a
                                ) c
                                where json_typeof(n.item) in ('object', 'array')
                        )
                        -- Which list holds the records, the configuration of that day said: its record of that number has the figure in it.
                        select x.around
                        from (
                                select comply.around_number((n.item -> (p_record - 1)::integer)::text, p_value) as around
                                from node n
                                where json_typeof(n.item) = 'array'
                                union all
                                select comply.around_number(p_body, p_value)
                                where p_record = 1
                        ) x
                        where x.around is not null
                        limit 1);
        exception
                when invalid_text_representation then
                        null;
        end;
        -- One record a line; a table has its heading first. Of markup it is not known here where a record begins.
        if ltrim(p_body, E' \t\r\n\ufeff') like '<%' then
                return null;
        end if;
        v_lines := string_to_array(replace(p_body, E'\r', ''), E'\n');
        return comply.around_number(v_lines[p_record + case when ltrim(p_body, E' \t\r\n\ufeff') like '{%' then 0 else 1 end], p_value);
end
$$;
comment on function comply.excerpt(text, bigint, numeric) is 'What stands around a figure in its record of a JSON, NDJSON or CSV body; null: the number is not written there, but counted or worked out.';

create or replace function comply.stored_excerpt(p_sha256 bytea, p_record bigint, p_value numeric)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
        v_packed bytea := (select p.body from ingest.payload p where p.sha256 = p_sha256 and p.size <= 1000000 limit 1);
begin
        -- Unpacking takes about a second for 300 kB.
        if v_packed is null or length(v_packed) > 65536 then
                return null;
        end if;
        return comply.excerpt(convert_from(comply.inflate(v_packed), 'UTF8'), p_record, p_value);
exception
        when data_exception or program_limit_exceeded or character_not_in_repertoire or untranslatable_character then
                return null;
end
$$;
comment on function comply.stored_excerpt(bytea, bigint, numeric) is 'The same of a stored body, where there is one that is not too long.';
