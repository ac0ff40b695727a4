-- Chance: a whole number from 0 to 2^63 - 1, the same for the same keys and seed. Its bits are drawn from by shifts.
create macro roll
    (a) as (hash(a, getvariable('seed')) >> 1)::bigint,
    (a, b) as (hash(a, b, getvariable('seed')) >> 1)::bigint,
    (a, b, c) as (hash(a, b, c, getvariable('seed')) >> 1)::bigint,
    (a, b, c, d) as (hash(a, b, c, d, getvariable('seed')) >> 1)::bigint;
