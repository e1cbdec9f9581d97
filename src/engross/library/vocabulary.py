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
Did you find a mistake?|¿Encontró un error?|Avez-vous trouvé une erreur ?|Encontrou um erro?
Change your answer. Only the papers that change are made again.|Cambie su respuesta. Solo se vuelven a hacer los documentos que cambian.|Changez votre réponse. Seuls les documents qui changent sont refaits.|Mude a sua resposta. Só os documentos que mudam são refeitos.
Change my answers|Cambiar mis respuestas|Changer mes réponses|Mudar as minhas respostas
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
Please wait|Espere, por favor|Veuillez patienter|Aguarde
optional|opcional|facultatif|opcional
required|obligatorio|obligatoire|obrigatório
Your Name|Su nombre|Votre nom|Seu nome
Sign here|Firme aquí|Signez ici|Assine aqui
Unable to display map|No se puede mostrar el mapa|Impossible d'afficher la carte|Não é possível mostrar o mapa
"""

_LANGUAGES = ("es", "fr", "pt")

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
