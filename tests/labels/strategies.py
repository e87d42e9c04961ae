"""Hypothesis strategies for what goes into barcodes."""

from hypothesis import strategies as st

from labels.drawing import gs1

CHARACTERS_82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"

gtins = st.text("0123456789", min_size=13, max_size=13).map(lambda body: body + gs1.check_digit(body))
ssccs = st.builds(
    lambda extension, prefix, serial: gs1.build_sscc(company_prefix=prefix, serial=serial, extension=extension),
    st.integers(0, 9),
    st.text("0123456789", min_size=7, max_size=10),
    st.integers(0, 999_999),
)
values = st.text(CHARACTERS_82, min_size=1, max_size=20)
elements = st.one_of(
    ssccs.map(lambda sscc: [("00", sscc)]),
    st.tuples(gtins, values).map(lambda pair: [("01", pair[0]), ("10", pair[1])]),
    st.tuples(gtins, values, values).map(lambda parts: [("01", parts[0]), ("10", parts[1]), ("21", parts[2])]),
    st.tuples(gtins, st.integers(1, 99_999_999)).map(lambda pair: [("02", pair[0]), ("37", str(pair[1]))]),
    st.tuples(gtins, values).map(lambda pair: [("01", pair[0]), ("17", "261130"), ("21", pair[1])]),
)
plain = st.text("".join(map(chr, range(0x20, 0x7F))), min_size=1, max_size=30)
