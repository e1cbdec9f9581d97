"""Words that come with Engross, in Spanish, French and Portuguese: what the page, the fields and the library say.

Keys are docassemble's English phrases, so that a ``words`` file written for it goes on top. Translations are our own.
"""

from __future__ import annotations

from typing import Any

_TABLE = """
yes|sí|oui|sim
no|no|non|não
Yes|Sí|Oui|Sim
No|No|Non|Não
I don't know|No sé|Je ne sais pas|Não sei
and|y|et|e
or|o|ou|ou
the|el|le|o
I|yo|je|eu
he|él|il|ele
she|ella|elle|ela
it|eso|cela|isso
we|nosotros|nous|nós
you|usted|vous|você
they|ellos|ils|eles
me|mí|moi|mim
him|él|lui|ele
her|ella|elle|ela
us|nosotros|nous|nós
them|ellos|eux|eles
our|nuestro|notre|nosso
myself|yo mismo|moi-même|eu mesmo
himself|él mismo|lui-même|ele mesmo
herself|ella misma|elle-même|ela mesma
itself|sí mismo|lui-même|si mesmo
themself|sí mismo|soi-même|si mesmo
themselves|ellos mismos|eux-mêmes|eles mesmos
yourself|usted mismo|vous-même|você mesmo
yourselves|ustedes mismos|vous-mêmes|vocês mesmos
ourselves|nosotros mismos|nous-mêmes|nós mesmos
am I|¿soy yo|suis-je|sou eu
are we|¿somos|sommes-nous|somos nós
are you|¿es usted|êtes-vous|você é
in the|en el|dans le|no
year|año|an|ano
month|mes|mois|mês
week|semana|semaine|semana
day|día|jour|dia
hour|hora|heure|hora
minute|minuto|minute|minuto
second|segundo|seconde|segundo
Per Month|Por mes|Par mois|Por mês
Per Year|Por año|Par an|Por ano
Per Week|Por semana|Par semaine|Por semana
Twice Per Month|Dos veces al mes|Deux fois par mois|Duas vezes por mês
Every Two Weeks|Cada dos semanas|Toutes les deux semaines|A cada duas semanas
Bad date|Fecha no válida|Date non valide|Data inválida
Continue|Continuar|Continuer|Continuar
Back|Atrás|Retour|Voltar
Undo|Deshacer|Annuler|Desfazer
Next|Siguiente|Suivant|Próximo
Help|Ayuda|Aide|Ajuda
Question|Pregunta|Question|Pergunta
Review|Revisar|Vérifier|Revisar
Edit|Editar|Modifier|Editar
Delete|Eliminar|Supprimer|Excluir
Reorder|Reordenar|Réorganiser|Reordenar
Add|Añadir|Ajouter|Adicionar
Add an item|Añadir un elemento|Ajouter un élément|Adicionar um item
Add another|Añadir otro|Ajouter un autre|Adicionar outro
Save|Guardar|Enregistrer|Salvar
Cancel|Cancelar|Annuler|Cancelar
Exit|Salir|Quitter|Sair
Leave|Salir|Quitter|Sair
Restart|Empezar de nuevo|Recommencer|Recomeçar
Submit|Enviar|Envoyer|Enviar
Download|Descargar|Télécharger|Baixar
Check your answers|Revise sus respuestas|Vérifiez vos réponses|Confira as suas respostas
You can change any answer.|Puede cambiar cualquier respuesta.|Vous pouvez changer chaque réponse.|Você pode mudar qualquer resposta.
My answers are right. Continue|Mis respuestas son correctas. Continuar|Mes réponses sont justes. Continuer|As minhas respostas estão certas. Continuar
Not answered|Sin respuesta|Sans réponse|Sem resposta
None of these|Ninguna de estas|Aucune de ces réponses|Nenhuma destas
Remove|Quitar|Retirer|Remover
Did you find a mistake?|¿Encontró un error?|Avez-vous trouvé une erreur ?|Encontrou um erro?
Change your answer. Only the papers that change are made again.|Cambie su respuesta. Solo se vuelven a hacer los documentos que cambian.|Changez votre réponse. Seuls les documents qui changent sont refaits.|Mude a sua resposta. Só os documentos que mudam são refeitos.
Change my answers|Cambiar mis respuestas|Changer mes réponses|Mudar as minhas respostas
Make my papers without it|Hacer mis documentos sin él|Faire mes documents sans lui|Fazer os meus documentos sem ele
Download as one PDF|Descargar en un solo PDF|Télécharger en un seul PDF|Baixar em um só PDF
Download all|Descargar todo|Tout télécharger|Baixar tudo
This paper could not be made.|No se pudo hacer este documento.|Ce document n’a pas pu être fait.|Este documento não pôde ser feito.
A file that belongs to it has a password. Please upload the file without the password.|Un archivo que le pertenece tiene contraseña. Suba el archivo sin contraseña.|Un fichier qui en fait partie a un mot de passe. Envoyez le fichier sans mot de passe.|Um arquivo que faz parte dele tem senha. Envie o arquivo sem a senha.
A file that belongs to it cannot be read. Please upload the file again.|No se puede leer un archivo que le pertenece. Suba el archivo otra vez.|Un fichier qui en fait partie ne peut pas être lu. Envoyez le fichier à nouveau.|Um arquivo que faz parte dele não pode ser lido. Envie o arquivo outra vez.
A file that belongs to it is too large.|Un archivo que le pertenece es demasiado grande.|Un fichier qui en fait partie est trop grand.|Um arquivo que faz parte dele é grande demais.
A file that belongs to it is neither a picture nor a PDF.|Un archivo que le pertenece no es una imagen ni un PDF.|Un fichier qui en fait partie n’est ni une image ni un PDF.|Um arquivo que faz parte dele não é uma imagem nem um PDF.
It took too long to make. Please try again in a few minutes.|Tardó demasiado en hacerse. Inténtelo de nuevo en unos minutos.|Sa préparation a pris trop de temps. Réessayez dans quelques minutes.|Demorou demais para ser feito. Tente de novo em alguns minutos.
The mistake is ours, not yours. Your answers are saved.|El error es nuestro, no suyo. Sus respuestas están guardadas.|L’erreur vient de nous, pas de vous. Vos réponses sont enregistrées.|O erro é nosso, não seu. As suas respostas estão salvas.
This is not offered, because a paper is missing:|No se ofrece porque falta un documento:|Ceci n’est pas proposé, car un document manque :|Isto não é oferecido, porque falta um documento:
without|sin|sans|sem
Code|Código|Code|Código
page|página|page|página
pages|páginas|pages|páginas
E-mail was sent to|Se envió un correo electrónico a|Un courriel a été envoyé à|Foi enviado um e-mail para
E-mail failed|No se pudo enviar el correo electrónico|Le courriel n'a pas pu être envoyé|Não foi possível enviar o e-mail
On a phone, with my finger|En un teléfono, con el dedo|Sur un téléphone, avec le doigt|Em um telefone, com o dedo
On this device|En este dispositivo|Sur cet appareil|Neste dispositivo
By typing my name|Escribiendo mi nombre|En tapant mon nom|Digitando o meu nome
With a pen, on the paper|Con bolígrafo, en el papel|Au stylo, sur le papier|Com caneta, no papel
To go on, accept the terms of use.|Para continuar, acepte las condiciones de uso.|Pour continuer, acceptez les conditions d'utilisation.|Para continuar, aceite as condições de uso.
Give at least one way to reach you.|Indique por lo menos una manera de comunicarse con usted.|Indiquez au moins un moyen de vous joindre.|Indique pelo menos uma maneira de falar com você.
This is too large. Choose files of together at most|Es demasiado grande. Elija archivos que en total tengan como máximo|C'est trop grand. Choisissez des fichiers d'au plus, ensemble,|É grande demais. Escolha arquivos de no máximo, ao todo,
Replace|Reemplazar|Remplacer|Substituir
Preview|Vista previa|Aperçu|Visualizar
View|Ver|Voir|Ver
Send|Enviar|Envoyer|Enviar
Clear|Borrar|Effacer|Limpar
Done|Listo|Terminé|Concluído
Choose|Elegir|Choisir|Escolher
Select...|Seleccione…|Choisissez…|Selecione…
Select one|Seleccione uno|Choisissez|Selecione um
None of the above|Ninguna de las anteriores|Aucune de ces réponses|Nenhuma das opções acima
None of these|Ninguna de estas|Aucune de celles-ci|Nenhuma destas
All of the above|Todas las anteriores|Toutes ces réponses|Todas as opções acima
Other|Otro|Autre|Outro
Unknown|Desconocido|Inconnu|Desconhecido
Male|Hombre|Homme|Homem
Female|Mujer|Femme|Mulher
First name|Nombre|Prénom|Nome
First Name|Nombre|Prénom|Nome
Middle name|Segundo nombre|Deuxième prénom|Nome do meio
Middle Name|Segundo nombre|Deuxième prénom|Nome do meio
Last name|Apellido|Nom de famille|Sobrenome
Last Name|Apellido|Nom de famille|Sobrenome
Suffix|Sufijo|Suffixe|Sufixo
Name|Nombre|Nom|Nome
Address|Dirección|Adresse|Endereço
Unit|Unidad|Appartement|Unidade
City|Ciudad|Ville|Cidade
State|Estado|État|Estado
Zip|Código postal|Code postal|CEP
Postal code|Código postal|Code postal|CEP
County|Condado|Comté|Condado
Country|País|Pays|País
Phone number|Número de teléfono|Numéro de téléphone|Número de telefone
Email|Correo electrónico|Courriel|E-mail
E-mail|Correo electrónico|Courriel|E-mail
This field is required.|Este dato es obligatorio.|Cette réponse est obligatoire.|Este campo é obrigatório.
You need to fill this in.|Este dato es obligatorio.|Cette réponse est obligatoire.|Este campo é obrigatório.
You need to select one.|Debe elegir una opción.|Vous devez choisir une réponse.|Você precisa escolher uma opção.
You need to enter a valid date.|Escriba una fecha válida.|Écrivez une date valide.|Escreva uma data válida.
You need to enter a valid time.|Escriba una hora válida.|Écrivez une heure valide.|Escreva uma hora válida.
You need to enter a number.|Escriba un número.|Écrivez un nombre.|Escreva um número.
You need to enter a complete e-mail address.|Escriba una dirección de correo completa.|Écrivez une adresse électronique complète.|Escreva um endereço de e-mail completo.
Check at least one option, or check “%s”|Marque al menos una opción, o marque «%s»|Cochez au moins une réponse, ou cochez « %s »|Marque pelo menos uma opção, ou marque “%s”
Please enter a number.|Escriba un número.|Écrivez un nombre.|Escreva um número.
Please enter a telephone number with its area code.|Escriba un número de teléfono con su código de área.|Écrivez un numéro de téléphone avec son indicatif.|Escreva um número de telefone com o código de área.
Please enter a valid e-mail address.|Escriba una dirección de correo electrónico válida.|Écrivez une adresse électronique valable.|Escreva um endereço de e-mail válido.
Please enter a valid value.|Escriba un valor válido.|Écrivez une réponse valable.|Escreva um valor válido.
Please enter a whole number.|Escriba un número entero.|Écrivez un nombre entier.|Escreva um número inteiro.
Please select at least %s.|Elija al menos %s.|Choisissez au moins %s réponses.|Escolha pelo menos %s.
Please select exactly %s.|Elija exactamente %s.|Choisissez exactement %s réponses.|Escolha exatamente %s.
Please select no more than %s.|No elija más de %s.|Ne choisissez pas plus de %s réponses.|Não escolha mais de %s.
Please select one.|Elija una opción.|Choisissez une réponse.|Escolha uma opção.
That page was already answered, perhaps in another window. What you just sent was not saved; here is where you are now.|Esa página ya se había respondido, quizá en otra ventana. Lo que acaba de enviar no se guardó; aquí está donde se encuentra ahora.|Cette page avait déjà été remplie, peut-être dans une autre fenêtre. Ce que vous venez d’envoyer n’a pas été enregistré ; voici où vous en êtes.|Essa página já tinha sido respondida, talvez em outra janela. O que você acabou de enviar não foi salvo; aqui está onde você está agora.
This form was updated since you were here last. Your answers are kept; please look them over.|Este formulario se actualizó desde su última visita. Sus respuestas se conservaron; revíselas, por favor.|Ce formulaire a été mis à jour depuis votre dernière visite. Vos réponses sont gardées ; merci de les relire.|Este formulário foi atualizado desde a sua última visita. As suas respostas foram mantidas; confira-as, por favor.
This has a character that cannot be used. Please type it again.|Esto tiene un signo que no se puede usar. Escríbalo de nuevo.|Il y a ici un signe que nous ne pouvons pas utiliser. Écrivez-le à nouveau.|Há aqui um sinal que não pode ser usado. Escreva de novo.
This is too long. Please shorten it.|Esto es demasiado largo. Acórtelo, por favor.|C’est trop long. Raccourcissez votre réponse.|Isto é longo demais. Encurte, por favor.
This page had changed. Please check it and send it again.|Esta página había cambiado. Revísela y envíela de nuevo.|Cette page avait changé. Vérifiez-la et envoyez-la à nouveau.|Esta página tinha mudado. Confira e envie de novo.
We are making your papers|Estamos preparando sus documentos|Nous préparons vos documents|Estamos preparando os seus documentos
You can send a PDF, a Word document (DOCX), or a picture such as JPEG or PNG.|Puede enviar un PDF, un documento de Word (DOCX) o una imagen, como JPEG o PNG.|Vous pouvez envoyer un PDF, un document Word (DOCX) ou une image, JPEG ou PNG par exemple.|Você pode enviar um PDF, um documento do Word (DOCX) ou uma imagem, como JPEG ou PNG.
You cannot type more than %s characters.|No puede escribir más de %s caracteres.|Vous ne pouvez pas écrire plus de %s caractères.|Você não pode escrever mais de %s caracteres.
You must provide a file.|Debe enviar un archivo.|Vous devez envoyer un fichier.|Você precisa enviar um arquivo.
You must sign your name to continue.|Debe firmar para continuar.|Vous devez signer pour continuer.|Você precisa assinar para continuar.
You must type at least %s characters.|Debe escribir al menos %s caracteres.|Vous devez écrire au moins %s caractères.|Você precisa escrever pelo menos %s caracteres.
You need to enter a date between %s and %s.|Escriba una fecha entre el %s y el %s.|Écrivez une date entre le %s et le %s.|Escreva uma data entre %s e %s.
You need to enter a date on or after %s.|Escriba una fecha igual o posterior al %s.|Écrivez une date à partir du %s.|Escreva uma data a partir de %s.
You need to enter a date on or before %s.|Escriba una fecha igual o anterior al %s.|Écrivez une date jusqu’au %s.|Escreva uma data até %s.
You need to enter a number that is at least %s.|Escriba un número que sea al menos %s.|Écrivez un nombre d’au moins %s.|Escreva um número que seja pelo menos %s.
You need to enter a number that is at most %s.|Escriba un número que no pase de %s.|Écrivez un nombre de %s au plus.|Escreva um número que seja no máximo %s.
You need to enter a valid date and time.|Escriba una fecha y una hora válidas.|Écrivez une date et une heure valables.|Escreva uma data e uma hora válidas.
Your signature did not arrive. Please sign again.|Su firma no llegó. Firme de nuevo, por favor.|Votre signature n’est pas arrivée. Signez à nouveau.|A sua assinatura não chegou. Assine de novo, por favor.
there is no more room for files in this form|ya no hay más espacio para archivos en este formulario|il n’y a plus de place pour des fichiers dans ce formulaire|não há mais espaço para arquivos neste formulário
Try again|Intentar de nuevo|Réessayer|Tentar de novo
Please wait|Espere, por favor|Veuillez patienter|Aguarde
optional|opcional|facultatif|opcional
required|obligatorio|obligatoire|obrigatório
Your Name|Su nombre|Votre nom|Seu nome
Sign here|Firme aquí|Signez ici|Assine aqui
Unable to display map|No se puede mostrar el mapa|Impossible d'afficher la carte|Não é possível mostrar o mapa
"""

_LANGUAGES = ("es", "fr", "pt")
_ARABIC = """
Yes|نعم
No|لا
I don't know|لا أعرف
Continue|متابعة
Back|رجوع
Add another|إضافة آخر
Remove|إزالة
Check your answers|راجع إجاباتك
You can change any answer.|يمكنك تغيير أي إجابة.
My answers are right. Continue|إجاباتي صحيحة. متابعة
Not answered|بلا إجابة
None of these|لا شيء مما سبق
Did you find a mistake?|هل وجدت خطأ؟
Change your answer. Only the papers that change are made again.|غيّر إجابتك. لن تُعاد إلا الأوراق التي تتغير.
Change my answers|تغيير إجاباتي
All of the above|كل ما سبق
None of the above|لا شيء مما سبق
This field is required.|هذه الإجابة مطلوبة.
You need to fill this in.|هذه الإجابة مطلوبة.
You need to select one.|عليك أن تختار إجابة واحدة.
You need to enter a number.|اكتب رقمًا.
You need to enter a complete e-mail address.|اكتب عنوان بريد إلكتروني كاملًا.
You need to enter a valid date.|اكتب تاريخًا صحيحًا.
You need to enter a valid time.|اكتب وقتًا صحيحًا.
You need to enter a valid date and time.|اكتب تاريخًا ووقتًا صحيحين.
You need to enter a date between %s and %s.|اكتب تاريخًا بين %s و%s.
You need to enter a date on or after %s.|اكتب تاريخًا لا يسبق %s.
You need to enter a date on or before %s.|اكتب تاريخًا لا يتجاوز %s.
You need to enter a number that is at least %s.|اكتب رقمًا لا يقل عن %s.
You need to enter a number that is at most %s.|اكتب رقمًا لا يزيد على %s.
Check at least one option, or check “%s”|اختر إجابة واحدة على الأقل، أو اختر «%s»
Please enter a number.|اكتب رقمًا.
Please enter a whole number.|اكتب رقمًا صحيحًا بلا كسور.
Please enter a telephone number with its area code.|اكتب رقم هاتف مع رمز المنطقة.
Please enter a valid e-mail address.|اكتب عنوان بريد إلكتروني صحيحًا.
Please enter a valid value.|اكتب إجابة صحيحة.
Please select at least %s.|اختر %s على الأقل.
Please select exactly %s.|اختر %s بالضبط.
Please select no more than %s.|لا تختر أكثر من %s.
Please select one.|اختر إجابة واحدة.
This has a character that cannot be used. Please type it again.|يوجد هنا رمز لا يمكن استخدامه. اكتب الإجابة من جديد.
This is too long. Please shorten it.|هذا طويل جدًا. اختصره من فضلك.
You can send a PDF, a Word document (DOCX), or a picture such as JPEG or PNG.|يمكنك إرسال ملف PDF أو مستند Word ‏(DOCX) أو صورة مثل JPEG أو PNG.
You cannot type more than %s characters.|لا يمكنك كتابة أكثر من %s حرفًا.
You must type at least %s characters.|عليك كتابة %s حرفًا على الأقل.
You must provide a file.|عليك إرسال ملف.
You must sign your name to continue.|عليك أن توقّع للمتابعة.
Your signature did not arrive. Please sign again.|لم يصل توقيعك. وقّع من جديد من فضلك.
there is no more room for files in this form|لم يعد هناك متسع لملفات في هذا النموذج
That page was already answered, perhaps in another window. What you just sent was not saved; here is where you are now.|سبق أن أجيب على تلك الصفحة، ربما في نافذة أخرى. ما أرسلته الآن لم يُحفظ؛ وهنا حيث وصلت.
This form was updated since you were here last. Your answers are kept; please look them over.|تم تحديث هذا النموذج منذ زيارتك الأخيرة. إجاباتك محفوظة؛ راجعها من فضلك.
This page had changed. Please check it and send it again.|تغيرت هذه الصفحة. راجعها وأرسلها من جديد.
We are making your papers|نحن نجهّز أوراقك
Try again|حاول مرة أخرى
Download as one PDF|تنزيل الكل في ملف PDF واحد
Download all|تنزيل الكل
This paper could not be made.|تعذّر إعداد هذه الورقة.
A file that belongs to it has a password. Please upload the file without the password.|أحد الملفات التابعة لها محمي بكلمة مرور. أرسل الملف بدون كلمة مرور.
A file that belongs to it cannot be read. Please upload the file again.|لا يمكن قراءة أحد الملفات التابعة لها. أرسل الملف مرة أخرى.
A file that belongs to it is too large.|أحد الملفات التابعة لها كبير جدًا.
A file that belongs to it is neither a picture nor a PDF.|أحد الملفات التابعة لها ليس صورة ولا ملف PDF.
It took too long to make. Please try again in a few minutes.|استغرق إعدادها وقتًا طويلًا. حاول مرة أخرى بعد بضع دقائق.
The mistake is ours, not yours. Your answers are saved.|الخطأ منا وليس منك. إجاباتك محفوظة.
This is not offered, because a paper is missing:|هذا غير متاح لأن ورقة ناقصة:
without|بدون
Replace|استبدال
Make my papers without it|إعداد أوراقي بدونه
Code|الرمز
page|صفحة
pages|صفحات
"""
"""What stands on our own pages, in Arabic. The library's words for sentences (``he``, ``in the``) are not here: Arabic forms them otherwise."""

WORDS: dict[str, dict[Any, str]] = {
    "en": {
        "This field is required.": "You need to fill this in.",
        "Country Code": 'Country Code (e.g., "us")',
        "First Subdivision": 'State Abbreviation (e.g., "NY")',
        "Second Subdivision": "County",
        "Third Subdivision": "Municipality",
    }
}
"""Language → phrase → translation."""

for _row in _TABLE.strip().splitlines():
    _english, *_translations = _row.split("|")
    for _language, _text in zip(_LANGUAGES, _translations, strict=True):
        WORDS.setdefault(_language, {})[_english] = _text

for _row in _ARABIC.strip().splitlines():
    _english, _text = _row.split("|")
    WORDS.setdefault("ar", {})[_english] = _text

PREFIXES: dict[str, dict[str, str]] = {
    "in_the": {"es": "en el ", "fr": "dans le ", "pt": "no "},
    "of_the": {"es": "del ", "fr": "du ", "pt": "do "},
    "the": {"es": "el ", "fr": "le ", "pt": "o "},
    "this": {"es": "este ", "fr": "ce ", "pt": "este "},
    "these": {"es": "estos ", "fr": "ces ", "pt": "estes "},
    "some": {"es": "algunos ", "fr": "des ", "pt": "alguns "},
    "her": {"es": "su ", "fr": "son ", "pt": "seu "},
    "his": {"es": "su ", "fr": "son ", "pt": "seu "},
    "its": {"es": "su ", "fr": "son ", "pt": "seu "},
    "their": {"es": "su ", "fr": "leur ", "pt": "seu "},
    "your": {"es": "su ", "fr": "votre ", "pt": "seu "},
    "your_plural": {"es": "su ", "fr": "votre ", "pt": "seu "},
    "my_possessive": {"es": "mi ", "fr": "mon ", "pt": "meu "},
    "our_possessive": {"es": "nuestro ", "fr": "notre ", "pt": "nosso "},
    "is_word": {"es": "es ", "fr": "est ", "pt": "é "},
    "are_word": {"es": "son ", "fr": "sont ", "pt": "são "},
}
"""Phrase → language → what stands before the noun. The masculine form: the noun's gender is not known."""
