"""What names a person: headers in many languages, and contents whatever the header says.

The one home of it: the patterns are read by DuckDB and by Python alike.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from satisfaction.imports.headers import folded, without_number

#: cells that name a person: e-mails, IP addresses, phones with the code of a country
CELL = (
    r"^'?(?:[^@\s]+@[^@\s]+\.[^@\s.]{2,}"
    r"|\d{1,3}(\.\d{1,3}){3}(\s*[(（].*)?"
    r"|[0-9A-Fa-f]{0,4}(:[0-9A-Fa-f]{0,4}){3,7}"
    r"|\+\d[\d ()/.-]{7,18})$"
)
#: phones, passes and WeChat's ids too; an id of a response may look like one
CELL_OR_NUMBER = (
    CELL + r"|^((\+?86|0086)[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}$|^00[1-9]\d[\d ()/.-]{6,18}$"
    r"|^\(0?\d{2,5}\)[- ]?\d{3,4}[- ]?\d{3,5}$|^0\d{1,4}[-/ ]\d{3,4}[- ]?\d{3,5}$"
    r"|^\d{3}[-. ]\d{3}[-. ]\d{4}$|^\d{17}[\dXx]$|^o[A-Za-z0-9_-]{27}$"
)
_CELL = re.compile(CELL_OR_NUMBER)
# exact headers, after folding; technical names (RecipientEmail, email_address) are cut into words
_PERSONAL = frozenset(
    folded(word)
    for word in """
ip|ip address|ipaddr|ipaddress|ip addr|remote ip|client ip|user ip|来自ip|ip地址|用户ip|ip-adresse|adresse ip
dirección ip|indirizzo ip|endereço ip|endereço de ip|ip-adres|ipアドレス|ip 주소|ip-адрес|adres ip|ip адрес
email|e-mail|mail|email address|e-mail address|mail address|emailaddress|email id|work email|business email
邮箱|电子邮件|电子邮箱|电子邮件地址|邮箱地址|邮件|邮件地址|email地址|電子郵件|電子郵件地址|電子信箱|信箱
e-mail-adresse|email-adresse|e-mailadresse|emailadresse|mailadresse|adresse e-mail|adresse email|courriel
adresse courriel|adresse électronique|adresse mail|adresse de messagerie|messagerie|correo electrónico|correo
correo electronico|dirección de correo electrónico|dirección de correo|dirección de email|indirizzo email
indirizzo e-mail|posta elettronica|indirizzo di posta elettronica|endereço de e-mail|endereço de email
correio eletrônico|correio eletrónico|e-mailadres|mailadres|メール|メールアドレス|eメール|電子メール|이메일|이메일 주소|전자 메일
электронная почта|почта|адрес электронной почты|эл. почта|adres e-mail|adres email|e-posta|e-posta adresi
e-post|e-postadress|e-postadresse|mejl|sähköposti|sähköpostiosoite|البريد الإلكتروني|ईमेल|อีเมล|địa chỉ email
alamat email|e-mailová adresa|emailová adresa
name|names|first name|last name|full name|surname|family name|given name|forename|middle name|nickname
firstname|lastname|fullname|username|user name|user|login|contact name|contact person|first & last name
姓名|名字|昵称|微信昵称|名称|真实姓名|联系人|联系人姓名|用户昵称|用户名|收货人|收件人|姓氏|称呼|如何称呼|怎么称呼
暱稱|使用者名稱|聯絡人
vorname|nachname|familienname|benutzername|vor- und nachname|vollständiger name|ansprechpartner|nom|prénom
nom de famille|nom complet|nom et prénom|prénom et nom|nom d'utilisateur|nombre|apellido|apellidos
nombre completo|nombre y apellidos|nombre y apellido|nombre de usuario|nome|cognome|nome e cognome|nome utente
nome completo|sobrenome|apelido|nome de usuário|naam|voornaam|achternaam|volledige naam|gebruikersnaam|氏名|名前
お名前|ニックネーム|ユーザー名|이름|성명|닉네임|имя|фамилия|фио|отчество|имя пользователя|imię|nazwisko
imię i nazwisko|ad|soyad|ad soyad|isim|adı soyadı|namn|förnamn|efternamn|navn|fornavn|etternavn|nimi|etunimi
sukunimi|الاسم|नाम|ชื่อ|họ và tên|họ tên|nama|nama lengkap|jméno|příjmení
phone|phone number|phone no|phone no.|telephone|telephone number|tel|tel.|mobile|mobile number|mobile phone
mobile no|mobile no.|cell|cell phone|cellphone|cell number|contact number|fax|whatsapp|whatsapp number
手机|手机号|手机号码|电话|电话号码|联系电话|联系方式|联络方式|移动电话|固定电话|手機|手機號碼|電話|電話號碼|聯絡電話|聯絡方式
telefon|telefonnummer|handy|handynummer|mobilnummer|mobiltelefon|rufnummer|téléphone|numéro de téléphone
téléphone portable|portable|numéro de portable|mobile|teléfono|número de teléfono|telefono|móvil|celular
número de celular|teléfono móvil|numero di telefono|cellulare|numero di cellulare|telefone|telemóvel
número de telefone|telefoon|telefoonnummer|mobiel|mobiel nummer|mobiele nummer|電話番号|携帯電話|携帯番号|携帯電話番号
전화|전화번호|휴대폰|휴대폰 번호|휴대전화|연락처|телефон|номер телефона|мобильный телефон|numer telefonu
telefon numarası|cep telefonu|mobilnummer|puhelin|puhelinnumero|رقم الهاتف|फ़ोन नंबर|เบอร์โทรศัพท์|số điện thoại
nomor telepon|nomor hp|telefonní číslo
address|address 1|address 2|address1|address2|street|street address|postal address|home address|mailing address
zip|zip code|zipcode|postcode|post code|postal code|zip/postal code
地址|联系地址|收货地址|家庭地址|通讯地址|详细地址|邮编|邮政编码|住址|邮寄地址|郵遞區號|住所|郵便番号|주소|우편번호
adresse|anschrift|straße|strasse|postanschrift|plz|postleitzahl|code postal|adresse postale|dirección|direccion
código postal|domicilio|indirizzo|cap|codice postale|endereço|cep|adres|postcode|адрес|индекс|почтовый индекс
kod pocztowy|posta kodu|adress|postnummer|osoite|postinumero|العنوان|địa chỉ|alamat|psč|adresa
latitude|longitude|lat|lng|lon|location|geolocation|geo location|location latitude|location longitude|gps
gps coordinates|coordinates|经度|纬度|经纬度|地理位置|位置|定位|緯度|経度|breitengrad|längengrad|latitud|longitud
latitudine|longitudine|standort breitengrad|standort längengrad
openid|open id|unionid|union id|wechat|wechat id|weixin|微信|微信号|微信id|微信openid|用户微信id|qq|qq号|qq号码|qq number
line id|facebook|twitter|instagram|linkedin|telegram|skype|微博|抖音号|淘宝id|旺旺
network id|token|access code|device|device id|device type id|device fingerprint|fingerprint|user agent|useragent
user-agent|ua|browser|browser meta info|refurl|referrer|referer|referrer url|referral url|referring url|设备|设备id
设备号|设备信息|浏览器|zugangscode|zugangsschlüssel|verweis-url|code d'accès
身份证|身份证号|身份证号码|证件号|证件号码|护照号|护照号码|学号|工号|车牌|车牌号|车牌号码|社保号|身分證|身分證字號
ssn|social security number|passport|passport number|national id|national id number|id card|id card number
student number|student id|license plate|licence plate|tax id|dni|nif|cpf|iban|account number|bank account
date of birth|birth date|birthdate|birthday|birth|dob|出生日期|出生年月|出生年月日|生日|生年月日|생년월일|geburtsdatum
geburtstag|date de naissance|fecha de nacimiento|data di nascita|data de nascimento|geboortedatum|дата рождения
data urodzenia|doğum tarihi|födelsedatum|fødselsdato|syntymäaika|تاريخ الميلاد|ngày sinh|tanggal lahir
work e-mail|submitter email|submitter|submission ip|created by|nick name|passport no|nutzername|lieferadresse
郵箱|姓|贵姓|提交者|提交人|填写人|填写者|提交者ip|填写者ip|성함|teléfono de contacto|dirección de envío|adresse de livraison
signature|签名|photo|照片|头像
contact information|contact info|contact details|contact data|kontaktdaten|kontaktinformationen|coordonnées
datos de contacto|información de contacto|dati di contatto|informazioni di contatto|dados de contato
informações de contato|contactgegevens|连絡先|連絡先|ご連絡先|контактные данные|dane kontaktowe|kontaktuppgifter
""".replace("\n", "|").split("|")
    if word.strip()
)
_ASKING = re.compile(
    r"^(?:(?:please|kindly|bitte|s'il vous plaît|por favor|per favore|prego|gelieve)[, ]+)?"
    r"(?:(?:enter|provide|give us|give|tell us|leave|share|type|add|write|state|confirm|insert|indicate)\s+)?"
    r"(?:(?:what is|what's|what are|wie lautet|wie ist|quel est|quelle est|cuál es|cual es|qual è|qual e"
    r"|qual é|wat is)\s+)?"
    r"(?:(?:your|you|the|my|ihre|ihr|ihren|deine|dein|geben sie ihre|votre|vos|su|tu|sus|il tuo|il suo|la tua|la sua"
    r"|o seu|a sua|seu|sua|uw|jouw|je|ваш|ваша|ваше|twój|twoje|din|ditt|お客様の|あなたの|ご)\s*)?"
    r"(?:(?:customer|contact|respondent|recipient|billing|shipping|delivery|requester|client|employee"
    r"|participant|buyer|payer|guest|member|subscriber|caller|owner|account|user|case|full)"
    r"(?:'s)?\s+)?"
)
_ASKING_CHINESE = re.compile(
    r"^(?:(?:请问|请|麻烦|烦请|您|你|的|贵|填写|填|输入|留下|提供|写下|告知|告诉我们|方便|选填|必填|客户|用户|顾客|会员|受访者"
    r"|被访者|答题人|填表人|填写人|收件|寄件|下单|本人|常用|有效|一下|請|填寫|輸入|提供|會員)\s*)+"
)
_ENDING_CHINESE = re.compile(r"(?:是什么|是多少|是|为|吗|一下|填写|[:：?？。.*\s])+$")
_IN_CHINESE = re.compile(
    r"手机号|手機號|身份证|微信号|邮箱|电子邮件|联系方式|联系电话|姓名|电话号码|出生年月|出生日期|昵称|学号|openid|车牌号"
)
_NOT_IN_CHINESE = re.compile(
    r"满意|评价|是否|怎么样|如何|渠道|服务|几|哪|体验|同意|愿意|接听|绑定|支持"
)
_TECHNICAL = frozenset(
    "email mail phone mobile telephone firstname lastname surname fullname birthdate birthday dob ip"
    " ipaddress ipaddr zip zipcode postcode latitude longitude openid unionid useragent nickname ssn".split()
)


def _words(header: str) -> str:
    """Give the words of a technical name: RecipientEmail, recipient_email."""
    return folded(re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|_+", " ", header))


def names_person(header: str) -> bool:
    """Tell whether a header names what tells a person, in the usual languages.

    Examples
    --------
    >>> [names_person(one) for one in ("RecipientEmail", "7、您的手机号", "What is your e-mail address?")]
    [True, True, True]
    >>> [names_person(one) for one in ("Product name", "How satisfied are you with our phone support?")]
    [False, False]
    """
    text = without_number(header)
    text = re.sub(r"[（(【\[][^()（）\[\]【】]*[)）】\]]\s*$", "", text).strip() or text
    for form in {folded(text), _words(text)}:
        plain = form.strip(" *:?？：.。!-_\"'")
        if plain in _PERSONAL or _ASKING.sub("", plain, count=1).strip() in _PERSONAL:
            return True
        chinese = _ENDING_CHINESE.sub("", _ASKING_CHINESE.sub("", plain))
        if chinese in _PERSONAL:
            return True
        if len(plain) <= 14 and _IN_CHINESE.search(plain) and not _NOT_IN_CHINESE.search(plain):
            return True
    technical = _words(text).split()
    return " " not in text.strip() and len(technical) in (2, 3, 4) and technical[-1] in _TECHNICAL


def share_of_persons(cells: Sequence[str]) -> float:
    """Return the share of cells that name a person.

    Examples
    --------
    >>> share_of_persons(["a@b.org", "203.0.113.4", "19900000001", "very satisfied"])
    0.75
    """
    return sum(bool(_CELL.match(cell.strip())) for cell in cells) / (len(cells) or 1)
