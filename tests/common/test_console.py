"""Mail on the terminal of whoever develops."""

from io import StringIO

from django.core.mail import EmailMultiAlternatives

from common.console import EmailBackend

LINK = f"http://127.0.0.1:8000/accounts/confirm-email/{'a1b2' * 20}/"


def test_a_mail_can_be_read_and_its_link_followed():
    told = StringIO()
    mail = EmailMultiAlternatives("你好，小林", f"请打开：\n\n{LINK}", "我在 <hello@localhost>", ["lin@example.com"])
    mail.attach_alternative("<p>请打开</p>", "text/html")
    assert EmailBackend(stream=told).send_messages([mail]) == 1
    lines = told.getvalue().splitlines()
    assert "Subject: 你好，小林" in lines and "From: 我在 <hello@localhost>" in lines and "To: lin@example.com" in lines
    assert "请打开：" in lines and LINK in lines
